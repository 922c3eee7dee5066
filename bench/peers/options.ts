/** @file What is chosen on the command line. */
import type { Settings } from './compare.ts'

export interface Options extends Settings {
  threads: number[]
  /** A folder in diffusers layout, for the words `whole`, `tfjs` and `ort`. */
  model?: string
  /** Only ops with all of these in their match's title or their own names. */
  only: readonly string[]
}
