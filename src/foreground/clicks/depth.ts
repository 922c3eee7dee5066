/** @file How deep pixels lie in a mask. */
import { PIXELS, SIDE } from '../square.ts'

/** Lengths of a step along a side and across a corner (chamfer 3-4, Borgefors 1986). */
export const SIDEWAYS = 3
export const ACROSS = 4

/** Depths of the mask in hand, framed by one pixel of outside. */
const STRIDE = SIDE + 2
const framed = new Int16Array(STRIDE * STRIDE)

/**
 * The chamfer distance of every pixel inside to the nearest outside, in thirds of a pixel; 0
 * outside. Beyond the picture is outside; pixels of the outline have ACROSS or less.
 * @param out takes the depths; new by default
 */
export function depthsOf(mask: Uint8Array, out = new Int16Array(PIXELS)): Int16Array {
  out.fill(0)
  let [begin, end] = [0, PIXELS - 1]
  while (begin < PIXELS && mask[begin] === 0) begin++
  if (begin === PIXELS) return out
  while (mask[end] === 0) end--
  const [first, last] = [Math.floor(begin / SIDE), Math.floor(end / SIDE)]
  framed.fill(0, first * STRIDE, (last + 3) * STRIDE)
  for (let y = first; y <= last; y++) {
    const row = (y + 1) * STRIDE + 1
    let [before, acrossBefore, above] = [0, framed[row - STRIDE - 1], framed[row - STRIDE]]
    for (let x = 0; x < SIDE; x++) {
      const acrossAfter = framed[row - STRIDE + x + 1]
      const depth =
        mask[y * SIDE + x] === 0 ? 0 : Math.min(Math.min(before, above) + SIDEWAYS, Math.min(acrossBefore, acrossAfter) + ACROSS)
      framed[row + x] = depth
      before = depth
      acrossBefore = above
      above = acrossAfter
    }
  }
  for (let y = last; y >= first; y--) {
    const row = (y + 1) * STRIDE + 1
    let [after, acrossAfter, under] = [0, framed[row + STRIDE + SIDE], framed[row + STRIDE + SIDE - 1]]
    for (let x = SIDE - 1; x >= 0; x--) {
      const acrossBefore = framed[row + STRIDE + x - 1]
      const own = framed[row + x]
      const depth = own === 0 ? 0 : Math.min(own, Math.min(Math.min(after, under) + SIDEWAYS, Math.min(acrossBefore, acrossAfter) + ACROSS))
      framed[row + x] = depth
      after = depth
      acrossAfter = under
      under = acrossBefore
    }
    out.set(framed.subarray(row, row + SIDE), y * SIDE)
  }
  return out
}

const scratch = new Int16Array(PIXELS)

/** How deep a pixel of a mask lies, as a share of its deepest place: above 0, to 1. */
export function depthShare(mask: Uint8Array, pixel: number): number {
  const depths = depthsOf(mask, scratch)
  let deepest = 1
  for (let i = 0; i < PIXELS; i++) if (depths[i] > deepest) deepest = depths[i]
  return depths[pixel] / deepest
}
