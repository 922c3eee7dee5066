/**
 * @file What all tiles say together: planes over the whole picture in which tiles are blended, so
 * that no seam shows. Near its own border a tile counts less than its neighbour (by distance).
 */
import { SIDE } from '../../foreground/square.ts'
import type { Size } from '../../pixels/bilinear.ts'
import type { Box } from '../../pixels/mask.ts'
import { otsuOfCounts } from '../../pixels/otsu.ts'

/** Pixels of a plane at most; more make its pixels larger. */
const MOST = 2 ** 25
/** Pixels of a plane a tile's side. */
const PER_TILE = 64
/** Steps at which the threshold is looked for. */
const LEVELS = 4096

/** What one tile says. */
export interface TileSays {
  /** How long walks from every cell last, as logarithms of steps: 0 or more; nothing is 0. */
  steps?: { values: ArrayLike<number>; size: Size }
  /** The mask that the tile alone would have: 1 inside, 0 outside, one a pixel of the square. */
  own?: Uint8Array
}

/** How much each voice counts. */
export interface Weights {
  /** Of the tiles' own masks; the rest is shared by the other two. */
  own: number
  /** Of the mask of the picture in small, in that rest; what is left is for the walks in tiles. */
  overview: number
}

export class Evidence {
  readonly #whole: Size
  readonly #size: Size
  readonly #reach: number
  readonly #weights: Float32Array
  readonly #steps: Float32Array
  readonly #own?: Float32Array
  #threshold = Number.NaN

  /**
   * @param whole the picture's size
   * @param reach pixels from a tile's border from which on it counts in full
   * @param own whether tiles have masks of their own
   */
  constructor(whole: Size, tile: number, reach: number, own: boolean) {
    const pitch = Math.max(tile / PER_TILE, Math.sqrt((whole.width * whole.height) / MOST))
    this.#whole = whole
    this.#reach = Math.max(1, reach)
    this.#size = { width: Math.max(1, Math.round(whole.width / pitch)), height: Math.max(1, Math.round(whole.height / pitch)) }
    const { width, height } = this.#size
    this.#weights = new Float32Array(width * height)
    this.#steps = new Float32Array(width * height)
    if (own) this.#own = new Float32Array(width * height)
  }

  /** Adds what a tile says about the pixels in its box. */
  add(box: Box, { steps, own }: TileSays): void {
    const [columns, rows] = [this.#places(0, box.x, box.width), this.#places(1, box.y, box.height)]
    const size = { width: columns.length, height: rows.length }
    const values = steps && atPlaces(steps.values, steps.size, columns, rows)
    const masks = own && atPlaces(own, { width: SIDE, height: SIDE }, columns, rows)
    for (const [j, row] of rows.entries())
      for (const [i, column] of columns.entries()) {
        const at = row.at * this.#size.width + column.at
        const weight = column.weight * row.weight
        this.#weights[at] += weight
        if (values) this.#steps[at] += weight * values[j * size.width + i]
        if (masks && this.#own) this.#own[at] += weight * masks[j * size.width + i]
      }
  }

  /**
   * Ends the adding: walks are scaled from 0 to 1, the mask of the picture in small is laid under
   * them, and Otsu's threshold of all is found.
   * @param mask one a pixel of the square
   */
  settle(mask: Uint8Array, weights: Weights): void {
    const fused = this.#steps
    let [least, most] = [Number.POSITIVE_INFINITY, 0]
    for (let i = 0; i < fused.length; i++) {
      fused[i] /= this.#weights[i]
      least = Math.min(least, fused[i])
      most = Math.max(most, fused[i])
    }
    const range = most - least + 1e-9
    const counts = new Uint32Array(LEVELS)
    const square = { width: SIDE, height: SIDE }
    const [across, down] = [SIDE / this.#size.width, SIDE / this.#size.height]
    const share = this.#own ? weights.own : 0
    for (let y = 0, i = 0; y < this.#size.height; y++)
      for (let x = 0; x < this.#size.width; x++, i++) {
        const under = between(mask, square, (x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5)
        const rest = (1 - weights.overview) * ((fused[i] - least) / range) + weights.overview * under
        const own = this.#own ? this.#own[i] / this.#weights[i] : 0
        fused[i] = share * own + (1 - share) * rest
        counts[Math.min(LEVELS - 1, Math.floor(fused[i] * LEVELS))]++
      }
    this.#threshold = (otsuOfCounts(counts) + 0.5) / LEVELS
  }

  /** The mask in a box as the square has it: 1 inside, 0 outside; `settle` comes first. */
  inside({ x, y, width, height }: Box): Uint8Array {
    const size = this.#size
    const place = (from: number, length: number, whole: number, cells: number) =>
      Float64Array.from({ length: SIDE }, (_, i) => ((from + ((i + 0.5) * length) / SIDE) * cells) / whole - 0.5)
    const columns = place(x, width, this.#whole.width, size.width)
    const rows = place(y, height, this.#whole.height, size.height)
    const out = new Uint8Array(SIDE * SIDE)
    // Where all is alike there is no threshold, and nothing is above it.
    for (let j = 0; j < SIDE; j++)
      for (let i = 0; i < SIDE; i++) if (between(this.#steps, size, columns[i], rows[j]) > this.#threshold) out[j * SIDE + i] = 1
    return out
  }

  /** The plane's pixels whose centres lie in a stretch of an axis, and how much the tile counts. */
  #places(axis: 0 | 1, start: number, length: number): Place[] {
    const [whole, cells] = axis === 0 ? [this.#whole.width, this.#size.width] : [this.#whole.height, this.#size.height]
    const pitch = whole / cells
    const places: Place[] = []
    for (let at = Math.max(0, Math.ceil(start / pitch - 0.5)); at < cells; at++) {
      const within = (at + 0.5) * pitch - start
      if (within >= length) break
      // Along the picture's edge a tile counts in full: nobody else sees that.
      const before = start === 0 ? this.#reach : within
      const behind = start + length === whole ? this.#reach : length - within
      places.push({ at, share: within / length, weight: Math.max(1e-3, Math.min(before, behind, this.#reach)) })
    }
    return places
  }
}

interface Place {
  at: number
  /** Where it lies in the tile, 0 to 1. */
  share: number
  weight: number
}

/** Values over a tile at some places of it. */
function atPlaces(values: ArrayLike<number>, size: Size, columns: readonly Place[], rows: readonly Place[]): Float32Array {
  const out = new Float32Array(columns.length * rows.length)
  for (const [j, row] of rows.entries())
    for (const [i, column] of columns.entries())
      out[j * columns.length + i] = between(values, size, column.share * size.width - 0.5, row.share * size.height - 0.5)
  return out
}

/** The value at a place, bilinearly between the centres of the pixels around it. */
function between(values: ArrayLike<number>, { width, height }: Size, x: number, y: number): number {
  const [column, row] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))]
  const [left, top] = [Math.floor(column), Math.floor(row)]
  const [right, below] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)]
  const line = (r: number) => values[r * width + left] + (values[r * width + right] - values[r * width + left]) * (column - left)
  const above = line(top)
  return above + (line(below) - above) * (row - top)
}
