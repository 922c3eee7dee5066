/** @file A task's share of a run: the inputs of its part, its journal, and what it has in hand. */
import { stat } from 'node:fs/promises'
import type { Note } from '../../checkpoint/notes.ts'
import { makeWritable } from '../files.ts'
import { shownPath } from '../inputs.ts'
import { version } from '../version.ts'
import { Claims } from './claims.ts'
import { Journal, type Planned } from './journal.ts'
import { type Shard, shardOf } from './shard.ts'

/** An input, of one file or of several. */
interface Work {
  name: string
  path: string
  files?: readonly string[]
}

/** The inputs of a part of a run; says which part that is. */
export async function shareOf<T extends Work>(all: readonly T[], shard: Shard, onNote: Note): Promise<T[]> {
  const sizes = new Map(await Promise.all(all.map(async (work) => [work, await bytesOf(work)] as const)))
  const share = shardOf(all, (work) => sizes.get(work)!, shard)
  const { index, count, engine } = shard
  onNote(`part ${index} of ${count}${engine ? `, as ${engine} says` : ''}: ${share.length} of ${all.length} inputs`, 'warning')
  return share
}

async function bytesOf({ path, files = [path] }: Work): Promise<number> {
  const sizes = await Promise.all(files.map((file) => stat(file).catch(() => undefined)))
  return sizes.reduce((sum, info) => sum + (info?.size ?? 0), 0)
}

/** What a task keeps beside its results. */
export interface Task {
  claims?: Claims
  journal?: Journal
}

/**
 * Begins a task.
 * @param all every input of the run
 * @param count how many of them are this task's
 */
export async function beginTask(
  folder: string,
  { shard, resume, all, count }: { shard?: Shard; resume: boolean; all: readonly Work[]; count: number },
): Promise<Task> {
  await makeWritable(folder)
  const planned = all.map(({ name, path }): Planned => ({ name, input: shownPath(path) }))
  return {
    journal: shard && (await Journal.begin(folder, await version(), shard, planned, count)),
    claims: shard || resume ? new Claims(folder) : undefined,
  }
}
