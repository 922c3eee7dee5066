/** @file What arithmetic on pixels works on; `RgbRaster` of `src/image` is one. */
import type { Box } from './mask.ts'

/** 8-bit RGB pixels, row-major, top row first. */
export interface Picture {
  width: number
  height: number
  /** width · height · 3 samples. */
  data: Uint8Array
}

/** The part of a picture in a box that lies within it. */
export function cropPicture(picture: Picture, { x, y, width, height }: Box): Picture {
  const data = new Uint8Array(3 * width * height)
  for (let row = 0; row < height; row++) {
    const from = 3 * ((y + row) * picture.width + x)
    data.set(picture.data.subarray(from, from + 3 * width), 3 * row * width)
  }
  return { width, height, data }
}
