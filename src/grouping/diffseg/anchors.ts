/**
 * @file The anchor grid: the queries from whose attention maps DiffSeg's merging starts
 * (google/diffseg `generate_sampling_grid`).
 *
 * Along an axis of length P, n anchors stand ⌊(P−1)/(n−1)⌋ apart, centred.
 */
import { check } from '../../errors.ts'
import type { Grid } from '../../tensor/index.ts'

/** Positions of n anchors on an axis of `length` cells. */
export function axisPositions(length: number, n: number): number[] {
  if (n === 1) return [Math.floor((length - 1) / 2)]
  const step = Math.floor((length - 1) / (n - 1))
  const start = Math.floor((length - 1 - step * (n - 1)) / 2)
  return Array.from({ length: n }, (_, i) => start + i * step)
}

/**
 * Flat indices (row-major) of about n² anchors on a grid: n × n on a square one; else as many along
 * each axis as keeps their distances alike. An axis never gets more anchors than it has cells.
 * @param n anchors a side, at least 2
 */
export function anchorGrid({ h, w }: Grid, n: number): Int32Array {
  check(Number.isInteger(n) && n >= 2, () => ({ what: 'anchors', expected: 'a whole number of 2 or more a side', got: `${n}` }))
  const stretch = Math.sqrt(h / w)
  const along = (length: number, count: number) => axisPositions(length, Math.max(1, Math.min(length, Math.round(count))))
  const rows = along(h, n * stretch)
  const columns = along(w, n / stretch)
  return Int32Array.from(rows.flatMap((y) => columns.map((x) => y * w + x)))
}
