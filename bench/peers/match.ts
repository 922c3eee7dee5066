/** @file A match: starts ours and a peer, compares them op by op, prints the table, ends both. */

import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '#platform'
import { Child } from './child.ts'
import { compare, printRows, type Row } from './compare.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'
import { watchOthers } from './others.ts'

/** Ours: the CPU on so many threads, or WebGPU. */
export function startOurs(kind: 'cpu' | 'webgpu', threads = 1): Promise<Child> {
  return startScript('ours', [kind, `${threads}`])
}

/** A contender that is a program of this folder. */
export function startScript(name: string, args: readonly string[]): Promise<Child> {
  return Child.start(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url)), ...args])
}

export function startPython(python: string, threads: number): Promise<Child> {
  return Child.start(python, [join(packageRoot(), 'bench', 'peers', 'python', 'peer.py'), `${threads}`])
}

/** A number of threads, in words. */
export const inThreads = (threads: number) => `${threads} thread${threads > 1 ? 's' : ''}`

interface Match {
  title: string
  ours: () => Promise<Child>
  peer: () => Promise<Child>
  /** Writes ONNX models for the peer. */
  exporter?: () => Promise<Child>
  ops: readonly Op[]
  /** Said beneath the title. */
  about: string
}

/** Prints a match, or why there is none. `also` sees both before they end. */
export async function play(
  { title, ours, peer, exporter, ops, about }: Match,
  options: Options,
  also?: (ours: Child, peer: Child) => Promise<void>,
) {
  const started: Child[] = []
  const start = async (open: () => Promise<Child>) => {
    started.push(await open())
    return started.at(-1)!
  }
  try {
    const [a, b] = [await start(ours), await start(peer)]
    const writer = exporter && (await start(exporter))
    const others = await watchOthers(started)
    const rows: Row[] = []
    for (const op of ops) rows.push(await compare(a, b, op, options, writer))
    printRows(title, a, b, `${about}; ${await others()}`, rows)
    await also?.(a, b)
  } catch (error) {
    console.log(`\n### ${title}\n\nAbsent: ${(error as Error).message}`)
  } finally {
    for (const child of started) child.stop()
  }
}
