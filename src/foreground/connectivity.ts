/**
 * @file Boundary connectivity (Zhu, Liang, Wei, Sun: "Saliency optimization from robust background
 * detection", CVPR 2014, §3): how much a cell belongs to the border, for its extent. There a region
 * is what has a like colour; here it is what a cell attends to.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { add, concat, matmul, multiply, permute, release, rowDot, slice, Tensor } from '../tensor/index.ts'
import type { Scaling } from './balance.ts'

/** Rows that are looked at together: their copies take little memory beside the map. */
const ROWS = 512

/**
 * The boundary connectivity of every cell, 0 or more, from W = (B + Bᵀ) / 2 with rows divided by
 * their sums: (Σ of W[i, j] over the border's j) · √(cells that i attends to), and those are
 * 1 / Σⱼ W[i, j]². Row sums cancel.
 * @param map zeros on its diagonal
 * @param diagonal what is added along the map's diagonal
 * @param scaling what makes B of them
 * @param border 1 for cells of the border, else 0
 * @returns 0 for cells that are left out
 */
export async function boundaryConnectivity(
  map: BandedMap,
  diagonal: Float32Array,
  { rows, columns }: Scaling,
  border: Float32Array,
): Promise<Float32Array> {
  const n = map.queries
  const from = (values: Float32Array, label: string) => Tensor.from(map.backend, values, [n], label)
  const [r, c, edge] = [from(rows, 'row factors'), from(columns, 'column factors'), from(border, 'border cells')]
  const edgeRow = edge.reshape([1, n])
  const readings: { first: number; shares: Tensor; squares: Tensor }[] = []
  for (const { first, block } of blocks(map)) {
    const transposed = rowsOfTransposed(map, first, block.shape[0])
    const own = scaled(block, slice(r, 0, first, block.shape[0]), c)
    const others = scaled(transposed, slice(c, 0, first, block.shape[0]), r)
    const both = add(own, others)
    readings.push({ first, shares: matmul(edgeRow, both, { transposeB: true }), squares: rowDot(both, both) })
    release(block, transposed, own, others, both)
  }
  const connectivity = new Float32Array(n)
  for (const { first, shares, squares } of readings) {
    const [share, square] = await Promise.all([shares.floats(), squares.floats()])
    for (let i = first, k = 0; k < share.length; i++, k++) {
      const self = 2 * rows[i] * diagonal[i] * columns[i]
      const total = Math.sqrt(square[k] + self * self)
      connectivity[i] = total > 0 ? (share[k] + self * border[i]) / total : 0
    }
    release(shares, squares)
  }
  release(r, c, edgeRow, edge)
  return connectivity
}

/** The map's rows, some at a time, as copies. */
function* blocks(map: BandedMap): Generator<{ first: number; block: Tensor }> {
  for (const band of map.bands) {
    const count = band.map.shape[0]
    for (let row = 0; row < count; row += ROWS)
      yield { first: map.firstQuery(band) + row, block: slice(band.map, 0, row, Math.min(ROWS, count - row)) }
  }
}

/** Rows `first` … of the transposed map: [count, n]. */
function rowsOfTransposed(map: BandedMap, first: number, count: number): Tensor {
  return map.bands
    .map((band) => {
      const part = slice(band.map, 1, first, count)
      const turned = permute(part, [1, 0])
      part.dispose()
      return turned
    })
    .reduce((joined, part) => {
      const both = concat(joined, part)
      release(joined, part)
      return both
    })
}

/** diag(left) · x · diag(right); takes `left` over. */
function scaled(x: Tensor, left: Tensor, right: Tensor): Tensor {
  const column = left.reshape([-1, 1])
  const half = multiply(x, column)
  const out = multiply(half, right)
  release(left, column, half)
  return out
}
