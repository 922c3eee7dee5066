/** @file What arithmetic on pixels works on; `RgbRaster` of `src/image` is one. */
import type { Box } from './mask.ts'

/** 8-bit RGB pixels, row-major, top row first. */
export interface Picture {
  width: number
  height: number
  /** width · height · 3 samples. */
  data: Uint8Array
}

/**
 * One of three numbers of every pixel.
 * @param c 0, 1 or 2
 * @example
 * const lightness = channelOf(rgbToLab(picture.data), 0)
 */
export function channelOf(data: Uint8Array | Float32Array, c: number): Float32Array {
  const out = new Float32Array(data.length / 3)
  for (let i = 0, at = c; i < out.length; i++, at += 3) out[i] = data[at]
  return out
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
