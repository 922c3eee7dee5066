/**
 * @file Attention sharpened by a power, P^(1/T) (M2N2, arXiv 2411.10411): what a cell attends to
 * most counts for more.
 */
import { BandedMap } from '../attention/banded-map.ts'
import { addDiagonal, chain, exp, gatherRows, log, type Tensor } from '../tensor/index.ts'

/** Attention below counts as this, so that logarithms are finite and every cell can be reached. */
const LEAST = 1e-12
/** e to this is 0 in f32, beside whatever attention. */
const NOTHING = -1000

/** A sharpened map without self-attention, and the self-attention; rows are not normalised. */
export interface Sharpened {
  /** Zeros on the diagonal. */
  map: BandedMap
  /** [n]: what every cell attends to itself. */
  diagonal: Float32Array
}

/**
 * map [n, n] → its entries to the power of 1/temperature; the caller disposes the new map.
 * @param temperature above 0; 1 leaves the map as it is, less sharpens it
 */
export async function sharpen(map: BandedMap, temperature: number): Promise<Sharpened> {
  const power = 1 / temperature
  const pieces: Tensor[] = []
  const self = new Float32Array(map.queries)
  for (const band of map.bands) {
    const first = map.firstQuery(band)
    const own = diagonalOf(band.map, first)
    pieces.push(
      chain(
        band.map,
        (x) => log(x, LEAST),
        (x) => addDiagonal(x, NOTHING, { first, factor: power }),
        exp,
      ),
    )
    self.set(await own.floats(), first)
    own.dispose()
  }
  return { map: BandedMap.of(map.grid, ...pieces), diagonal: self.map((p) => Math.max(p, LEAST) ** power) }
}

/** Element `first` + i of every row i: [rows, 1]. */
function diagonalOf(rows: Tensor, first: number): Tensor {
  const [count, n] = rows.shape as [number, number]
  const entries = rows.reshape([count * n, 1])
  const own = gatherRows(
    entries,
    Int32Array.from({ length: count }, (_, i) => i * n + first + i),
  )
  entries.dispose()
  return own
}
