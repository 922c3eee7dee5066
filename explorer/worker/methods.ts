/** @file Every call, and the function that answers it. */
import type { Answer, Ask, CallName, Progress } from '../engine/calls.ts'
import { estimate } from './estimate.ts'
import { exportFiles } from './export.ts'
import { load } from './load.ts'
import { look } from './look.ts'
import { map } from './map.ts'
import { meanCell, meanMap } from './mean.ts'
import { segment } from './segment.ts'
import type { Session } from './session.ts'
import { tokens } from './tokens.ts'

/** What a method works with beside what was asked. */
export interface Context {
  session: Session
  signal: AbortSignal
  onProgress(progress: Progress): void
}

export type Method<K extends CallName> = (ask: Ask<K>, context: Context) => Promise<Answer<K>>

export const methods: { [K in CallName]: Method<K> } = {
  estimate,
  export: exportFiles,
  load,
  look,
  map,
  meanCell,
  meanMap,
  segment,
  tokens,
}
