/** @file What a caller gets of one picture. */
import type { Scores } from '../foreground/auto.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Parameters } from './options.ts'
import type { Segment } from './segments.ts'
import type { Timings } from './stages.ts'

/** The segments of a picture and its mask. */
export interface Segmentation {
  /** Size of the input, and of `labels` and `mask`. */
  width: number
  height: number
  /** Row-major, 1 … number of segments; 8 bits where there are fewer than 256. */
  labels: Uint8Array | Uint16Array
  /** 255 in the foreground, else 0. */
  mask: Uint8Array
  /**
   * How the mask was chosen, and how far to trust it; of `auto` only, unless nothing stands out.
   */
  scores?: Scores
  segments: Segment[]
  parameters: Parameters
  /**
   * Milliseconds of each stage and of all (`total`); of what a batch does at once, an equal share.
   */
  timings: Timings
  /** Highest device memory in use by tensors, weights and the whole batch included, in bytes. */
  peakBytes: number
  /** The picture as it was decoded. */
  image: RgbRaster
  /**
   * What to know before this result is used: what was wrong with the file although it was read,
   * that nothing stands out. Usually empty.
   */
  notes: string[]
}
