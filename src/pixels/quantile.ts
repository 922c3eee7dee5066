/** @file Quantiles with linear interpolation, as NumPy's default and MONAI have them. */

/**
 * The value below which a share of the others lies, interpolated between the two nearest ranks.
 * @param sorted ascending
 * @param share 0 … 1
 * @returns NaN where there are no values
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN
  const rank = share * (sorted.length - 1)
  const below = Math.floor(rank)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below])
}
