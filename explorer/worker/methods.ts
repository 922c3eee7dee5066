/** @file Every call, and the function that answers it. */
import type { Answer, Ask, CallName, Progress } from '../engine/calls.ts'
import { estimate } from './estimate.ts'
import { exportFiles } from './export.ts'
import { formats } from './formats.ts'
import { input } from './input.ts'
import { labels } from './labels.ts'
import { latents } from './latents.ts'
import { load } from './load.ts'
import { look } from './look.ts'
import { matrix } from './matrix.ts'
import { meanCell, meanMap } from './mean.ts'
import { memory } from './memory.ts'
import { merges } from './merges.ts'
import { merging } from './merging.ts'
import { open } from './open.ts'
import { outputs } from './outputs.ts'
import { prominence } from './prominence.ts'
import { proposals } from './proposals.ts'
import { rows } from './rows.ts'
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
  ...{ estimate, formats, load, memory, open, look, input, latents, tokens },
  ...{ meanMap, meanCell, rows, matrix },
  ...{ labels, merges, merging, proposals, prominence, segment, outputs, export: exportFiles },
}
