/**
 * @file Sinkhorn's balancing (Sinkhorn and Knopp, 1967): rows and columns of a map are divided by
 * their sums in turn, so that no cell draws more attention than others.
 *
 * The balanced map is diag(r) · P · diag(c). Only r and c are computed, from products of P with
 * vectors: P itself is never rewritten.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { add, affine, chain, divide, multiply, release, type Tensor } from '../tensor/index.ts'
import { gather, spread, stack, unstack } from './products.ts'

/** Added to sums before dividing by them: nothing beside a sum of attention, and never 0. */
const TINY = 1e-25

/** Factors of rows and columns, one a cell; 0 for cells that are left out. */
export interface Scaling {
  rows: Float32Array
  columns: Float32Array
}

/**
 * Balances several maps at once that differ in their diagonals only: → a scaling for each of
 * `diagonals`. Rows come last, so they sum to 1.
 * @param map zeros on its diagonal
 * @param diagonals [n] each: what is added along the map's diagonal
 * @param inside [n]: 1 for cells that take part, 0 for cells that are left out
 */
export async function balance(
  map: BandedMap,
  diagonals: readonly Float32Array[],
  inside: Float32Array,
  rounds: number,
): Promise<Scaling[]> {
  const diagonal = stack(map, diagonals, 'self-attention')
  const members = stack(
    map,
    diagonals.map(() => inside),
    'cells that take part',
  )
  /** members / (product + diagonal · x) */
  const factors = (x: Tensor, product: typeof gather): Tensor => {
    const others = product(map, x)
    const own = multiply(diagonal, x)
    const sums = chain(
      others,
      (sum) => add(sum, own),
      (sum) => affine(sum, 1, TINY),
    )
    const out = divide(members, sums)
    release(others, own, sums)
    return out
  }
  // Rows first, as attention has them; what columns are divided by afterwards depends on it.
  let columns = affine(members, 1)
  let rows = factors(columns, gather)
  for (let round = 0; round < rounds; round++) {
    columns.dispose()
    columns = factors(rows, spread)
    rows.dispose()
    rows = factors(columns, gather)
  }
  const [ofRows, ofColumns] = await Promise.all([rows.floats(), columns.floats()])
  release(diagonal, members, rows, columns)
  const parts = [ofRows, ofColumns].map((all) => unstack(all, diagonals.length))
  return diagonals.map((_, i) => ({ rows: parts[0][i], columns: parts[1][i] }))
}
