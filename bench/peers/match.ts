/** @file A match: starts ours and a peer, compares them op by op, prints the table, ends both. */

import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '#platform'
import { Child } from './child.ts'
import { compare, printRows, type Row } from './compare.ts'
import { installPython } from './install.ts'
import { nameOf, type Op } from './ops.ts'
import type { Options } from './options.ts'
import { watchOthers } from './others.ts'
import type { Opponent } from './protocol.ts'

/** A contender of `contenders.ts` in Node. */
export function startNode(name: string, kind: string, threads = 1): Promise<Opponent> {
  return Child.start(process.execPath, [fileURLToPath(new URL('./node.js', import.meta.url)), name, kind, `${threads}`])
}

export function startPython(python: string, threads: number): Promise<Opponent> {
  return Child.start(python, [join(packageRoot(), 'bench', 'peers', 'python', 'peer.py'), `${threads}`])
}

/** A number of threads, in words. */
export const inThreads = (threads: number) => `${threads} thread${threads > 1 ? 's' : ''}`

export interface Match {
  title: string
  ours: () => Promise<Opponent>
  peer: () => Promise<Opponent>
  /** Writes ONNX models for the peer. */
  exporter?: () => Promise<Opponent>
  ops: readonly Op[]
  /** Said beneath the title. */
  about: string
}

/** Prints a match, or why there is none. `also` sees both before they end. */
export async function play(
  { title, ours, peer, exporter, ops, about }: Match,
  options: Options,
  also?: (ours: Opponent, peer: Opponent) => Promise<void>,
) {
  const wanted = ops.filter((op) => options.only.every((text) => `${title}: ${nameOf(op)}`.includes(text)))
  if (wanted.length === 0) return
  const started: Opponent[] = []
  const start = async (open: () => Promise<Opponent>) => {
    started.push(await open())
    return started.at(-1)!
  }
  try {
    const [a, b] = [await start(ours), await start(peer)]
    const writer = exporter && (await start(exporter))
    const others = await watchOthers(started)
    const rows: Row[] = []
    for (const op of wanted) rows.push(await compare(a, b, op, options, writer))
    printRows(title, a, b, `${about}; ${await others()}`, rows)
    await also?.(a, b)
  } catch (error) {
    console.log(`\n### ${title}\n\nAbsent: ${(error as Error).message}`)
  } finally {
    for (const opponent of started) opponent.stop()
  }
}

/** A match against a library of Python for each number of threads, both with as many. `also` as above. */
export async function playPython(
  { library, of = '', ...match }: Pick<Match, 'ops' | 'about'> & { library: string; of?: string },
  options: Options,
  also?: Parameters<typeof play>[2],
): Promise<void> {
  for (const threads of options.threads) {
    const title = `${library}, ${inThreads(threads)}${of && `: ${of}`}`
    const sides = { ours: () => startNode('ours', 'cpu', threads), peer: async () => startPython(installPython(), threads) }
    await play({ title, ...sides, ...match }, options, also)
  }
}
