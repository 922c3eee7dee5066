/** @file How much of a cell's attention each segment gets. */
import type { Grid, Result } from '../../engine/calls.ts'

/**
 * Sums values of cells by segments: a cell that lies in several counts for each by its pixels
 * there.
 */
export class SegmentShares {
  readonly #labels: number
  /** Of cell `i`: entries from `#first[i]` to `#first[i + 1]`. */
  readonly #first: Uint32Array
  readonly #label: Uint16Array
  readonly #weight: Float32Array

  constructor(result: Pick<Result, 'labels' | 'segments' | 'width' | 'height'>, grid: Grid) {
    this.#labels = result.segments.length + 1
    const cells = grid.h * grid.w
    const pixels = countPixels(result, grid, this.#labels)
    const entries = pixels.reduce((sum, n) => sum + Number(n > 0), 0)
    this.#first = new Uint32Array(cells + 1)
    this.#label = new Uint16Array(entries)
    this.#weight = new Float32Array(entries)
    for (let cell = 0, at = 0; cell < cells; cell++) {
      const inside = pixels.subarray(cell * this.#labels, (cell + 1) * this.#labels)
      const all = inside.reduce((sum, n) => sum + n, 0)
      for (const [label, n] of inside.entries()) {
        if (n === 0) continue
        this.#label[at] = label
        this.#weight[at++] = n / all
      }
      this.#first[cell + 1] = at
    }
  }

  /** A buffer for `sum`: one share a label, that of label 0 unused. */
  buffer(): Float64Array {
    return new Float64Array(this.#labels)
  }

  /**
   * Shares of all segments in the sum of the values.
   * @returns the label with the largest share, 0 where there is nothing
   */
  sum(values: ArrayLike<number>, out: Float64Array): number {
    out.fill(0)
    let total = 0
    for (let cell = 0; cell + 1 < this.#first.length; cell++) {
      total += values[cell]
      for (let i = this.#first[cell]; i < this.#first[cell + 1]; i++) out[this.#label[i]] += values[cell] * this.#weight[i]
    }
    let best = 0
    for (let label = 1; label < out.length && total > 0; label++) {
      out[label] /= total
      if (out[label] > out[best]) best = label
    }
    return best
  }
}

/** Pixels of every label in every cell, [cells, labels]. */
function countPixels({ labels, width, height }: Pick<Result, 'labels' | 'width' | 'height'>, { h, w }: Grid, count: number): Uint32Array {
  const pixels = new Uint32Array(h * w * count)
  const column = Uint32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * w) / width) * count)
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * h) / height) * w * count
    for (let x = 0; x < width; x++, i++) pixels[row + column[x] + labels[i]]++
  }
  return pixels
}
