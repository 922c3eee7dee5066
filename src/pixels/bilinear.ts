/**
 * @file Planes of numbers at another size, bilinearly between the pixels' centres. For making them
 * larger; smaller ones would leave pixels out.
 */

export interface Size {
  width: number
  height: number
}

/**
 * @param values one number a pixel of `from`, row-major
 * @returns one a pixel of `to`
 * @example
 * const large = bilinear(prominence, { width: 32, height: 32 }, picture)
 */
export function bilinear(values: ArrayLike<number>, from: Size, to: Size): Float32Array {
  const columns = places(from.width, to.width)
  const out = new Float32Array(to.width * to.height)
  const line = new Float64Array(from.width)
  const rows = places(from.height, to.height)
  for (let y = 0; y < to.height; y++) {
    const [above, below, share] = [rows.lower[y] * from.width, rows.upper[y] * from.width, rows.share[y]]
    for (let x = 0; x < from.width; x++) line[x] = (1 - share) * values[above + x] + share * values[below + x]
    for (let x = 0; x < to.width; x++)
      out[y * to.width + x] = (1 - columns.share[x]) * line[columns.lower[x]] + columns.share[x] * line[columns.upper[x]]
  }
  return out
}

/** For each of `to` places: the two of `from` places around it, and the share of the second. */
export function places(from: number, to: number): { lower: Int32Array; upper: Int32Array; share: Float32Array } {
  const exact = Float64Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5)))
  const lower = Int32Array.from(exact, Math.floor)
  return { lower, upper: lower.map((i) => Math.min(from - 1, i + 1)), share: Float32Array.from(exact, (e, i) => e - lower[i]) }
}
