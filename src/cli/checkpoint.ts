/** @file What the options say about where weights come from, and who hears of it. */
import type { DownloadProgress } from '../checkpoint/hub/meter.ts'
import type { Note } from '../checkpoint/notes.ts'
import type { DTYPES } from '../checkpoint/variants.ts'
import type { LoadOptions } from '../index.ts'
import type { Parsed } from './arguments.ts'
import { downloading } from './format.ts'
import type { Progress } from './progress.ts'

export interface Hearers {
  progress: Progress
  onNote: Note
  signal: AbortSignal
}

/** The options of a call that are about weights. */
export interface CheckpointCall extends Pick<Parsed, 'values' | 'switches'> {
  dtype?: (typeof DTYPES)[number]
}

export function checkpointOf({ values, switches, dtype }: CheckpointCall, { progress, onNote, signal }: Hearers): LoadOptions {
  const { variant, vae, base } = values
  const onProgress = (p: DownloadProgress) => progress.show(downloading(p))
  return { cache: !switches['no-cache'], dtype, variant, vae, base, onNote, signal, hub: { onProgress, onNote } }
}
