/**
 * @file Attention of all queries of a grid to all keys, cut into *bands* of whole grid rows where
 * it is too large for one tensor.
 *
 * At 64×64 a map of every cell to every cell takes 64 MiB and is one band; at 96×96 it takes 324
 * MiB, which many adapters do not bind at once. What is done with maps (adding to them, products,
 * sums) works band by band.
 */
import {
  addAttentionMap,
  type Backend,
  full,
  type Grid,
  release,
  type ScoreInputs,
  show,
  slice,
  sliceQueries,
  type Tensor,
} from '../tensor/index.ts'

export interface Band {
  /** First row of the query grid. */
  firstRow: number
  /** [queries of the band, keys] */
  map: Tensor
}

export class BandedMap {
  /** The grid of the queries. */
  readonly grid: Grid
  readonly bands: readonly Band[]

  private constructor(grid: Grid, bands: readonly Band[]) {
    this.grid = grid
    this.bands = bands
  }

  /** All zeros, in as few bands as the backend's largest tensor allows; the caller disposes it. */
  static zeros(backend: Backend, grid: Grid, keys: number, label: string): BandedMap {
    const { h, w } = grid
    const rows = Math.max(1, Math.floor(backend.maxTensorBytes / (4 * w * keys)))
    const bands: Band[] = []
    for (let firstRow = 0; firstRow < h; firstRow += rows)
      bands.push({ firstRow, map: full(backend, [Math.min(rows, h - firstRow) * w, keys], 0, label) })
    return new BandedMap(grid, bands)
  }

  /** A map [h·w, keys] that is there in one piece, or in pieces of whole rows; takes them over. */
  static of(grid: Grid, ...pieces: Tensor[]): BandedMap {
    let row = 0
    const bands = pieces.map((map) => {
      const band = { firstRow: row, map }
      row += map.shape[0] / grid.w
      return band
    })
    if (row !== grid.h)
      throw new Error(`pieces ${pieces.map((p) => show(p.shape)).join(', ')} do not make up a grid of ${grid.h} × ${grid.w}`)
    return new BandedMap(grid, bands)
  }

  get backend(): Backend {
    return this.bands[0].map.backend
  }

  get keys(): number {
    return this.bands[0].map.shape[1]
  }

  get queries(): number {
    return this.grid.h * this.grid.w
  }

  /** Index of a band's first query. */
  firstQuery({ firstRow }: Band): number {
    return firstRow * this.grid.w
  }

  /** Adds Σ_h weights[h] · P_h, the probabilities of one layer's heads for one image. */
  add(scores: ScoreInputs, weights: ArrayLike<number>): void {
    for (const band of this.bands) {
      const [rows, keys] = band.map.shape
      const map = band.map.reshape([1, rows, keys])
      if (this.bands.length === 1) addAttentionMap(map, scores, weights)
      else {
        const part = sliceQueries(scores, this.firstQuery(band), rows)
        addAttentionMap(map, part, weights)
        release(part.q, part.stats)
      }
      map.dispose()
    }
  }

  /** All values [queries · keys], row-major. */
  async floats(): Promise<Float32Array<ArrayBuffer>> {
    if (this.bands.length === 1) return this.bands[0].map.floats()
    const all = new Float32Array(this.queries * this.keys)
    for (const band of this.bands) all.set(await band.map.floats(), this.firstQuery(band) * this.keys)
    return all
  }

  /** Where one query looks: a row. */
  async row(query: number): Promise<Float32Array> {
    const band = this.bands.findLast((b) => this.firstQuery(b) <= query)!
    const row = slice(band.map, 0, query - this.firstQuery(band), 1)
    const values = await row.floats()
    row.dispose()
    return values
  }

  /** Who looks at one key: a column. All bands are asked before the first answer is waited for. */
  async column(key: number): Promise<Float32Array> {
    const columns = this.bands.map((band) => slice(band.map, 1, key, 1))
    const values = new Float32Array(this.queries)
    const readings = columns.map((column) => column.floats())
    for (const [i, reading] of (await Promise.all(readings)).entries()) values.set(reading, this.firstQuery(this.bands[i]))
    for (const column of columns) column.dispose()
    return values
  }

  dispose(): void {
    for (const { map } of this.bands) map.dispose()
  }
}
