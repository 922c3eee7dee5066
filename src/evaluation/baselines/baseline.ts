/**
 * @file A baseline: a rule that needs no network, on the same pictures. A method that does not beat
 * it has found nothing.
 */
import type { Picture } from '../../pixels/picture.ts'

export interface Baseline {
  /** As it is asked for and printed. */
  name: string
  /** What it does, in one sentence. */
  help: string
  /** 255 inside, 0 outside, at the picture's own size. */
  mask(picture: Picture): Uint8Array
}
