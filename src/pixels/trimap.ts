/**
 * @file Trimaps: what is known and what is guessed about every pixel before a cut. The numbers are
 * OpenCV's (`GC_BGD`, `GC_FGD`, `GC_PR_BGD`, `GC_PR_FGD`).
 */

export const OUTSIDE = 0
export const INSIDE = 1
export const MAYBE_OUTSIDE = 2
export const MAYBE_INSIDE = 3

/**
 * From how prominent each pixel is, and the threshold between the two sides: below half of the
 * threshold surely outside, in the upper half of what is above it surely inside, else a guess.
 */
export function trimapOf(prominence: ArrayLike<number>, threshold: number): Uint8Array {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < prominence.length; i++) most = Math.max(most, prominence[i])
  const sure = threshold + (most - threshold) / 2
  const out = new Uint8Array(prominence.length)
  for (let i = 0; i < out.length; i++) {
    const value = prominence[i]
    if (value < threshold / 2) out[i] = OUTSIDE
    else if (value > sure) out[i] = INSIDE
    else out[i] = value > threshold ? MAYBE_INSIDE : MAYBE_OUTSIDE
  }
  return out
}
