/**
 * @file Which samples a resized one is made of, and with what weights: Lanczos' windowed sinc, a =
 * 3. When shrinking, the window is stretched over the samples that fall into one, so that nothing
 * is skipped (antialiasing).
 */

const LOBES = 3

function lanczos(x: number): number {
  if (x === 0) return 1
  if (Math.abs(x) >= LOBES) return 0
  const t = Math.PI * x
  return (LOBES * Math.sin(t) * Math.sin(t / LOBES)) / (t * t)
}

/** Fractional bits of weights. */
export const BITS = 22
/** What sums begin with, so that they are rounded when these bits are cut off. */
export const HALF = 2 ** (BITS - 1)

/** For every output sample: which input samples it is made of, and where their weights begin. */
export interface Windows {
  first: Int32Array
  /** One more than there are samples: each window's weights end where the next ones begin. */
  start: Int32Array
  /** In units of 2^−BITS, rounded one by one; those of a window sum to nearly one. */
  weights: Int32Array
}

/**
 * The windows of `to` samples along an axis of `from` samples, both 1 or more.
 * @example
 * const { first, start, weights } = windowsOf(640, 256)
 */
export function windowsOf(from: number, to: number): Windows {
  const ratio = from / to
  const scale = Math.max(1, ratio)
  const reach = LOBES * scale
  const first = new Int32Array(to)
  const start = new Int32Array(to + 1)
  const all: number[] = []
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * ratio
    first[i] = Math.max(0, Math.floor(centre - reach + 0.5))
    const last = Math.min(from, Math.floor(centre + reach + 0.5))
    const weights = Array.from({ length: last - first[i] }, (_, j) => lanczos((first[i] + j + 0.5 - centre) / scale))
    const sum = weights.reduce((a, b) => a + b, 0)
    for (const weight of weights) all.push(Math.sign(weight) * Math.floor(Math.abs(weight / sum) * 2 ** BITS + 0.5))
    start[i + 1] = all.length
  }
  return { first, start, weights: Int32Array.from(all) }
}
