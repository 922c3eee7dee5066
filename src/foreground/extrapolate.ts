/**
 * @file The limit of an iteration that converges slowly, from three of its values (Aitken's Δ² for
 * vectors: what is left shrinks by the same factor each time).
 */

/** Values below are as good as 0. */
const FLOOR = 1e-9
/** A slower decay is not believed: it may be rounding. */
const SLOWEST = 0.9995
/** Changes this small are rounding of f32. */
const ROUNDING = 2e-7

type Values = Float64Array<ArrayBuffer>

export interface Limit {
  values: Values
  /** The largest relative change that was still to come, estimated. */
  error: number
}

/** @param values three of the iteration, equally many steps apart, all 0 or more */
export function limitOf([a, b, c]: readonly [Values, Values, Values]): Limit {
  let [product, square, largest] = [0, 0, 0]
  for (let i = 0; i < c.length; i++) {
    const before = b[i] - a[i]
    const now = c[i] - b[i]
    product += before * now
    square += before * before
    largest = Math.max(largest, Math.abs(now) / (c[i] + FLOOR))
  }
  if (largest < ROUNDING) return { values: c, error: 0 }
  const factor = Math.min(SLOWEST, Math.max(0, product / square))
  const ahead = factor / (1 - factor)
  return { values: c.map((value, i) => Math.max(0, value + ahead * (value - b[i]))), error: largest / (1 - factor) }
}
