/** @file How far apart two results are. */

/** More than different orders of summing explain. */
const TOLERANCE = 1e-3

/** The largest difference against the largest number of b. */
export function relativeDifference(a: Float32Array, b: Float32Array): number {
  let [worst, largest] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    worst = Math.max(worst, Math.abs(a[i] - b[i]))
    largest = Math.max(largest, Math.abs(b[i]))
  }
  return worst / largest
}

export const same = (difference: number) => difference < TOLERANCE
