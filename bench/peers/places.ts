/** @file The two places where contenders in JavaScript meet: processes of Node, and pages of Chromium. */
import { embeddedModel } from '#platform'
import { startNode } from './match.ts'
import type { Options } from './options.ts'
import { PageChild } from './page-child.ts'
import type { Opponent } from './protocol.ts'

export interface Place {
  name: string
  /** Whether WebGPU's adapter is too slow for the largest ops. */
  slow: boolean
  /** Starts a contender of `contenders.ts`. */
  start(name: string, kind: string, threads?: number): Promise<Opponent>
}

export const node: Place = { name: 'Node', slow: false, start: startNode }

export function chromium({ scratch }: Options): Place {
  return {
    name: 'Chromium',
    slow: true,
    start: (name, kind, threads = 1) => PageChild.start(name, kind, threads, [scratch, embeddedModel()]),
  }
}
