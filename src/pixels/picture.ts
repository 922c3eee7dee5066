/** @file What arithmetic on pixels works on; `RgbRaster` of `src/image` is one. */

/** 8-bit RGB pixels, row-major, top row first. */
export interface Picture {
  width: number
  height: number
  /** width · height · 3 samples. */
  data: Uint8Array
}
