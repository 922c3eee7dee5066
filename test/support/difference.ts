/** @file How far two results of an op lie apart. */

/** The largest |a − b|, in units of the largest |a| (at least 1). */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [largest, difference] = [1, 0]
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]))
    const d = Math.abs(a[i] - b[i])
    if (!(d <= difference)) difference = d
  }
  return difference / largest
}
