/** @file Bilinear interpolation along one axis: half-pixel centres, clamped edges. */

/**
 * For each of `to` samples along an axis of `from` cells: the two cells that it mixes, and the
 * weight of the second.
 */
export interface Taps {
  low: Int32Array
  high: Int32Array
  mix: Float64Array
}

/** The cells and weights of all samples along an axis. */
export function tapsOf(from: number, to: number): Taps {
  const taps = { low: new Int32Array(to), high: new Int32Array(to), mix: new Float64Array(to) }
  const clamp = (i: number) => Math.min(Math.max(i, 0), from - 1)
  for (let i = 0; i < to; i++) {
    const c = ((i + 0.5) * from) / to - 0.5
    const low = Math.floor(c)
    taps.low[i] = clamp(low)
    taps.high[i] = clamp(low + 1)
    taps.mix[i] = c - low
  }
  return taps
}
