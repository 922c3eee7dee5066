/**
 * @file Resizing with Lanczos' windowed sinc, as Pillow does it: two passes, along rows and then
 * along columns, each rounded and clamped to 8 bits, as there: sharp edges overshoot otherwise.
 * Weights are whole numbers, as there, too, so that the result is Pillow's to the last bit. (Pillow
 * 13 takes columns first where that is less work; here rows come first, as in all versions before.)
 */
import type { RgbRaster } from './raster.ts'
import { resizeRows } from './resize-rows.ts'
import { BITS, HALF, type Windows, windowsOf } from './windows.ts'

/**
 * A picture at another size; itself where it has that size.
 * @param width of the result, as `height` a whole number from 1 on
 * @example
 * const small = resize(picture, 256, 256)
 */
export function resize(image: RgbRaster, width: number, height: number): RgbRaster {
  const { width: w, height: h, data } = image
  if (w === width && h === height) return image
  const wide = w === width ? data : alongRows(data, w, h, width)
  return { width, height, data: h === height ? wide : alongColumns(wide, width, h, height) }
}

function alongRows(data: Uint8Array, width: number, height: number, to: number): Uint8Array {
  const windows = windowsOf(width, to)
  return resizeRows(data, width, height, windows) ?? plainRows(data, width, height, windows)
}

/** The same as `resizeRows`, for runtimes without WebAssembly. */
export function plainRows(data: Uint8Array, width: number, height: number, { first, start, weights }: Windows): Uint8Array {
  const to = first.length
  const out = new Uint8ClampedArray(height * to * 3)
  for (let y = 0, into = 0; y < height; y++)
    for (let x = 0; x < to; x++, into += 3) {
      let r = HALF
      let g = HALF
      let b = HALF
      const end = start[x + 1]
      for (let j = start[x], at = (y * width + first[x]) * 3; j < end; j++, at += 3) {
        const weight = weights[j]
        r = (r + Math.imul(weight, data[at])) | 0
        g = (g + Math.imul(weight, data[at + 1])) | 0
        b = (b + Math.imul(weight, data[at + 2])) | 0
      }
      out[into] = r >> BITS
      out[into + 1] = g >> BITS
      out[into + 2] = b >> BITS
    }
  return new Uint8Array(out.buffer)
}

function alongColumns(data: Uint8Array, width: number, height: number, to: number): Uint8Array {
  const { first, start, weights } = windowsOf(height, to)
  const length = width * 3
  const out = new Uint8ClampedArray(to * length)
  const line = new Int32Array(length)
  for (let y = 0; y < to; y++) {
    line.fill(HALF)
    for (let j = start[y], at = first[y] * length; j < start[y + 1]; j++, at += length) {
      const weight = weights[j]
      for (let i = 0; i < length; i++) line[i] += Math.imul(weight, data[at + i])
    }
    for (let i = 0; i < length; i++) out[y * length + i] = line[i] >> BITS
  }
  return new Uint8Array(out.buffer)
}
