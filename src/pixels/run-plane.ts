/**
 * @file Labels of very large pictures, as runs: stretches of one number within a row, of which
 * there are far fewer than pixels. Rows are written from left to right and may be read in any
 * order, so that a picture needs no memory for its outside.
 */
import { must } from '../arguments.ts'

/** Numbers that a run takes: its first pixel, the one behind its last, its label. */
const SIZE = 3

/** Labels 1 … 2³² − 1 of a plane of pixels; 0 is outside. */
export class RunPlane {
  readonly width: number
  readonly height: number
  readonly #rows: (Uint32Array | number[] | undefined)[]

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.#rows = new Array(height)
  }

  /**
   * Writes a stretch of a row. Stretches of a row come from left to right; one that goes on with
   * the same label where the last ended makes it longer.
   * @param end behind the last pixel
   */
  append(y: number, start: number, end: number, label: number): void {
    this.#rows[y] ??= []
    const row = this.#rows[y]
    must('row', Array.isArray(row) && (row.length === 0 || row[row.length - 2] <= start), 'stretches from left to right', start)
    if (!Array.isArray(row)) return
    if (row.length > 0 && row[row.length - 2] === start && row[row.length - 1] === label) row[row.length - 2] = end
    else row.push(start, end, label)
  }

  /**
   * Writes a rectangle: every pixel that is not 0.
   * @param data labels of `width` pixels a row
   * @param from the first pixel of `data` that counts
   */
  put(x: number, y: number, size: { width: number; height: number }, data: ArrayLike<number>, from = 0, stride = size.width): void {
    for (let row = 0; row < size.height; row++) {
      const at = from + row * stride
      for (let start = 0, end = 0; start < size.width; start = end) {
        const label = data[at + start]
        while (end < size.width && data[at + end] === label) end++
        if (label !== 0) this.append(y + row, x + start, x + end, label)
      }
    }
  }

  /** Rows that get nothing more are kept in less memory. */
  seal(from: number, to: number): void {
    for (let y = from; y < to; y++) if (Array.isArray(this.#rows[y])) this.#rows[y] = Uint32Array.from(this.#rows[y]!)
  }

  /** The runs of a row, three numbers each: start, end, label. */
  runs(y: number): ArrayLike<number> {
    return this.#rows[y] ?? []
  }

  /**
   * Gives every run another label; runs that get 0 are outside from then on.
   * @param numberOf of a run's label, and of its place among all runs, from 0
   */
  relabel(numberOf: (label: number, run: number) => number): void {
    let run = 0
    for (let y = 0; y < this.height; y++) {
      const row = this.#rows[y]
      if (!row) continue
      let kept = 0
      for (let i = 0; i < row.length; i += SIZE) {
        const label = numberOf(row[i + 2], run++)
        if (label === 0) continue
        row[kept] = row[i]
        row[kept + 1] = row[i + 1]
        row[kept + 2] = label
        kept += SIZE
      }
      this.#rows[y] = row.slice(0, kept)
    }
  }

  /**
   * The labels of a row.
   * @param numbers for each label what stands for it; by default itself
   * @param out of the plane's width; made where it is left out
   */
  row(y: number, numbers?: ArrayLike<number>, out: Uint32Array<ArrayBuffer> = new Uint32Array(this.width)): Uint32Array<ArrayBuffer> {
    out.fill(0)
    const row = this.runs(y)
    for (let i = 0; i < row.length; i += SIZE) out.fill(numbers ? numbers[row[i + 2]] : row[i + 2], row[i], row[i + 1])
    return out
  }

  /** A row as a mask: 255 where there is a label, else 0. */
  maskRow(y: number, out: Uint8Array<ArrayBuffer> = new Uint8Array(this.width)): Uint8Array<ArrayBuffer> {
    out.fill(0)
    const row = this.runs(y)
    for (let i = 0; i < row.length; i += SIZE) out.fill(255, row[i], row[i + 1])
    return out
  }

  /** Pixels with a label. */
  area(): number {
    let sum = 0
    for (let y = 0; y < this.height; y++) {
      const row = this.runs(y)
      for (let i = 0; i < row.length; i += SIZE) sum += row[i + 1] - row[i]
    }
    return sum
  }
}
