/**
 * @file The square at which masks are made: the whole picture squeezed to 128 × 128 pixels,
 * whatever
 * its shape, as attention sees it on its grid.
 */
import { bilinear } from '../pixels/bilinear.ts'
import type { Grid } from '../tensor/index.ts'

/**
 * Pixels a side: four a cell of a 32 × 32 grid. 64 pixels lose outlines, 256 cost four times as
 * much.
 */
export const SIDE = 128
export const PIXELS = SIDE * SIDE

/**
 * One number a cell → one a pixel of the square, bilinearly between the cells' centres.
 * @param values [h · w] of the grid, row-major
 */
export function spreadCells(values: ArrayLike<number>, { h, w }: Grid): Float32Array {
  return bilinear(values, { width: w, height: h }, { width: SIDE, height: SIDE })
}

/** The share of every cell that is inside a mask of the square (not 0): [h · w]. */
export function sharesOfCells(mask: Uint8Array, { h, w }: Grid): Float32Array {
  const [rows, columns] = [covered(h), covered(w)]
  return Float32Array.from({ length: h * w }, (_, cell) => {
    const [row, column] = [rows[Math.floor(cell / w)], columns[cell % w]]
    let sum = 0
    for (let j = 0; j < row.shares.length; j++)
      for (let i = 0; i < column.shares.length; i++)
        if (mask[(row.first + j) * SIDE + column.first + i] !== 0) sum += row.shares[j] * column.shares[i]
    return sum
  })
}

/** For every cell of a row: the pixels that it covers, with their shares, which sum to 1. */
function covered(cells: number): { first: number; shares: number[] }[] {
  const length = SIDE / cells
  return Array.from({ length: cells }, (_, i) => {
    const [start, end] = [i * length, Math.min(SIDE, (i + 1) * length)]
    const first = Math.min(SIDE - 1, Math.floor(start))
    const last = Math.max(first + 1, Math.ceil(end - 1e-9))
    const shares = Array.from({ length: last - first }, (_, k) => Math.min(end, first + k + 1) - Math.max(start, first + k))
    return { first, shares: shares.map((share) => share / (end - start)) }
  })
}
