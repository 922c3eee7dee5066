/**
 * @file Products of a map in bands with rows of values, one value a cell.
 *
 * Rows are [m, n]: m of them at once cost little more than one, since the map is read once.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { concat, matmul, release, slice, Tensor } from '../tensor/index.ts'

/** rows [m, n] → [m, n]: for every cell i the sum Σⱼ map[i, j] · row[j] over what i attends to. */
export function gather(map: BandedMap, rows: Tensor): Tensor {
  return map.bands
    .map((band) => matmul(rows, band.map, { transposeB: true }))
    .reduce((joined, part) => {
      const both = concat(joined, part)
      release(joined, part)
      return both
    })
}

/**
 * rows [m, n] → [m, n]: for every cell j the sum Σᵢ row[i] · map[i, j] over those that attend to j.
 */
export function spread(map: BandedMap, rows: Tensor): Tensor {
  let sum: Tensor | undefined
  for (const band of map.bands) {
    const own = slice(rows, 1, map.firstQuery(band), band.map.shape[0])
    const next = matmul(own, band.map, { residual: sum })
    release(own, sum)
    sum = next
  }
  return sum!
}

/** Rows of n values each, one below the other: [rows, n]. */
export function stack(map: BandedMap, rows: readonly Float32Array[], label: string): Tensor {
  const all = new Float32Array(rows.length * map.queries)
  for (const [i, row] of rows.entries()) all.set(row, i * map.queries)
  return Tensor.from(map.backend, all, [rows.length, map.queries], label)
}

/** The reverse of `stack`, of values that were read. */
export function unstack(all: Float32Array, count: number): Float32Array[] {
  const n = all.length / count
  return Array.from({ length: count }, (_, i) => all.slice(i * n, (i + 1) * n))
}
