/**
 * @file The exact Euclidean distance transform by lower envelopes of parabolas (Felzenszwalb &
 * Huttenlocher, *Distance Transforms of Sampled Functions*, Theory of Computing 8, 2012), with
 * pixels that need not be square.
 */
import { must } from '../arguments.ts'
import { mustBeMap } from './label-map.ts'
import type { Mask } from './mask.ts'

/** From a pixel's centre to the next one's, along a row and along a column. */
export type PixelSize = readonly [x: number, y: number]

/** Fails unless something is a pair of lengths. */
export function mustBePixelSize(where: string, size: PixelSize): void {
  const two = Array.isArray(size) && size.length === 2
  must(where, two && size.every((length) => Number.isFinite(length) && length > 0), 'two lengths above 0: [x, y]', size)
}

/**
 * The distance from each pixel's centre to that of the nearest pixel inside the mask.
 * @param spacing lengths of a pixel's sides
 * @returns one length a pixel: 0 inside; Infinity everywhere where the mask is empty
 * @throws AdzusError unless it is a mask and a spacing
 * @example
 * const millimetres = distanceTransform(mask, [0.5, 0.7])
 */
export function distanceTransform(mask: Mask, spacing: PixelSize = [1, 1]): Float64Array {
  mustBeMap('mask', mask)
  mustBePixelSize('spacing', spacing)
  const squares = alongColumns(mask, spacing[1])
  alongRows(squares, mask.width, mask.height, spacing[0])
  for (let i = 0; i < squares.length; i++) squares[i] = Math.sqrt(squares[i])
  return squares
}

/** The squared distance to the nearest pixel inside of the same column. */
function alongColumns({ width, height, data }: Mask, side: number): Float64Array {
  const steps = new Float64Array(data.length)
  // Rows as the inner loop: columns would jump through memory.
  for (let x = 0; x < width; x++) steps[x] = data[x] === 0 ? Infinity : 0
  for (let i = width; i < data.length; i++) steps[i] = data[i] === 0 ? steps[i - width] + 1 : 0
  for (let i = data.length - width - 1; i >= 0; i--) if (steps[i + width] + 1 < steps[i]) steps[i] = steps[i + width] + 1
  for (let i = 0; i < height * width; i++) steps[i] = (steps[i] * side) ** 2
  return steps
}

/** Replaces each row's f by the least (side · (x − q))² + f(q) over all q. */
function alongRows(squares: Float64Array, width: number, height: number, side: number): void {
  const area = side * side
  // Parabolas of the lower envelope: where each stands, its height there, and where it begins.
  const apex = new Int32Array(width)
  const heights = new Float64Array(width)
  const begins = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    const row = y * width
    let last = -1
    for (let q = 0; q < width; q++) {
      const f = squares[row + q]
      if (f === Infinity) continue
      let begin = -Infinity
      for (; last >= 0; last--) {
        const p = apex[last]
        begin = ((f - heights[last]) / area + q * q - p * p) / (2 * (q - p))
        if (begin > begins[last]) break
        begin = -Infinity
      }
      last++
      apex[last] = q
      heights[last] = f
      begins[last] = begin
    }
    if (last < 0) continue
    for (let x = 0, k = 0; x < width; x++) {
      while (k < last && begins[k + 1] < x) k++
      squares[row + x] = ((x - apex[k]) * side) ** 2 + heights[k]
    }
  }
}
