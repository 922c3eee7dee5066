/** @file How a run of many tasks stands, as far as its output folder tells. */
import { readdir } from 'node:fs/promises'
import { place, runs } from '#platform'
import { AdzusError } from '../../errors.ts'
import { recordOutput } from '../../output/registry.ts'
import { type Claim, readClaims } from './claims.ts'
import { type Failure, readPlanned, readTasks, type TaskRecord, type TaskState } from './journal.ts'

/** A task that has said nothing for so many milliseconds, on a machine that we cannot ask. */
const SILENT = 5 * 60_000

/** `killed` tasks had no time to say so; `silent` ones may be killed, or cut off. */
export type Standing = TaskState | 'killed' | 'silent'

export interface Task extends Omit<TaskRecord, 'failed' | 'state' | 'adzus' | 'place'> {
  state: Standing
  failures: number
}

export interface Status {
  /** All inputs. */
  pictures: number
  done: number
  /** Neither done nor failed. */
  left: number
  /** What failed and has not been done since. */
  failed: Failure[]
  /** What is in hand, and where. */
  running: Claim[]
  /** Pictures an hour: of the tasks that run, else of all together. */
  perHour?: number
  /** Seconds until nothing is left, if the tasks that run go on so. */
  remaining?: number
  /** Parts of which no task was ever started. */
  unstarted: number[]
  tasks: Task[]
}

/** @throws AdzusError where no task ever wrote */
export async function statusOf(output: string, now = Date.now()): Promise<Status> {
  const [planned, records, running] = await Promise.all([readPlanned(output), readTasks(output), readClaims(output)])
  if (planned.size === 0)
    throw new AdzusError({
      what: 'status',
      where: output,
      expected: 'a folder of results of adzus segment --shard',
      got: 'none of its lists of inputs',
      hint: 'Give the folder that its -o names.',
    })
  const there = await recordsIn(output)
  const done = new Set([...planned.keys()].filter((name) => there.has(name)))
  const failed = failures(records).filter(({ name }) => planned.has(name) && !done.has(name))
  const tasks = records.map((record) => taskOf(record, now))
  const left = planned.size - done.size - failed.length
  const perHour = rateOf(tasks, now)
  const alive = tasks.some(({ state }) => state === 'running')
  return {
    pictures: planned.size,
    done: done.size,
    left,
    failed,
    running: running.filter(({ name }) => !done.has(name)),
    ...(perHour !== undefined && { perHour }),
    ...(perHour !== undefined && alive && { remaining: (left / perHour) * 3600 }),
    unstarted: unstarted(records),
    tasks,
  }
}

/** The names of images that have a record. */
export async function recordsIn(output: string): Promise<Set<string>> {
  const { suffix } = recordOutput
  const files = await readdir(output, { recursive: true }).catch(() => [])
  return new Set(files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length).replaceAll('\\', '/')))
}

/** What failed, each image once, as it failed last. */
export function failures(records: readonly TaskRecord[]): Failure[] {
  return [...new Map(records.flatMap(({ failed }) => failed).map((failure) => [failure.name, failure])).values()]
}

function taskOf({ failed, state, adzus: _, place: where, ...task }: TaskRecord, now: number): Task {
  return { ...task, state: standing({ ...task, state, place: where }, now), failures: failed.length }
}

function standing({ state, place: where, process, updated }: Pick<TaskRecord, 'state' | 'place' | 'process' | 'updated'>, now: number) {
  if (state !== 'running') return state
  if (where === place()) return runs(process) ? state : 'killed'
  return now - Date.parse(updated) > SILENT ? 'silent' : state
}

/** What tasks that run do together in an hour; of a run that is over, what all did. */
function rateOf(tasks: readonly Task[], now: number): number | undefined {
  const alive = tasks.filter(({ state }) => state === 'running')
  if (alive.some(({ done }) => done > 0))
    return alive.reduce((sum, { done, started }) => sum + (done * 3_600_000) / Math.max(1, now - Date.parse(started)), 0)
  const done = tasks.reduce((sum, task) => sum + task.done, 0)
  if (done === 0) return undefined
  const begin = Math.min(...tasks.map(({ started }) => Date.parse(started)))
  const end = Math.max(...tasks.map(({ updated }) => Date.parse(updated)))
  return (done * 3_600_000) / Math.max(1, end - begin)
}

/** Of the division that was used last. */
function unstarted(tasks: readonly TaskRecord[]): number[] {
  const count = tasks.at(-1)?.shard.count ?? 0
  const started = new Set(tasks.filter(({ shard }) => shard.count === count).map(({ shard }) => shard.index))
  return Array.from({ length: count }, (_, i) => i + 1).filter((index) => !started.has(index))
}
