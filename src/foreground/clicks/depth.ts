/** @file How deep pixels lie in a mask. */
import { PIXELS, SIDE } from '../square.ts'

/** Lengths of a step along a side and across a corner (chamfer 3-4, Borgefors 1986). */
export const SIDEWAYS = 3
export const ACROSS = 4
const FAR = 30_000

/**
 * The chamfer distance of every pixel inside to the nearest outside, in thirds of a pixel; 0
 * outside. Beyond the picture is outside; pixels of the outline have ACROSS or less.
 */
export function depthsOf(mask: Uint8Array): Int16Array {
  const stride = SIDE + 2
  const depths = new Int16Array(stride * stride)
  let [begin, end] = [0, PIXELS - 1]
  while (begin < PIXELS && mask[begin] === 0) begin++
  if (begin === PIXELS) return new Int16Array(PIXELS)
  while (mask[end] === 0) end--
  const [first, last] = [Math.floor(begin / SIDE), Math.floor(end / SIDE)]
  for (let y = first; y <= last; y++) for (let x = 0; x < SIDE; x++) if (mask[y * SIDE + x] !== 0) depths[(y + 1) * stride + x + 1] = FAR
  const sweep = (p: number, sign: 1 | -1) => {
    const row = p - sign * stride
    const along = Math.min(depths[p - sign], depths[row]) + SIDEWAYS
    const across = Math.min(depths[row - 1], depths[row + 1]) + ACROSS
    depths[p] = Math.min(depths[p], along, across)
  }
  for (let p = (first + 1) * stride; p < (last + 2) * stride; p++) if (depths[p] !== 0) sweep(p, 1)
  for (let p = (last + 2) * stride - 1; p >= (first + 1) * stride; p--) if (depths[p] !== 0) sweep(p, -1)
  const out = new Int16Array(PIXELS)
  for (let y = first; y <= last; y++) out.set(depths.subarray((y + 1) * stride + 1, (y + 2) * stride - 1), y * SIDE)
  return out
}
