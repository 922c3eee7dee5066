/**
 * @file The runs of a label map: stretches of one value within a row, and which of them are
 * connected along sides (union and find over runs, of which there are far fewer than pixels).
 */
import type { LabelMap } from './label-map.ts'

export interface Runs {
  /** The first x of each run, row after row. */
  starts: Int32Array
  /** The number of each row's first run, and at the end the number of all. */
  rows: Int32Array
  /** The first run of the part that a run belongs to. */
  root(run: number): number
}

/** Runs of every value, 0 included. */
export function runsOf({ width, height, data }: LabelMap): Runs {
  const rows = new Int32Array(height + 1)
  let starts = new Int32Array(1024)
  let count = 0
  for (let y = 0; y < height; y++) {
    const row = y * width
    if (count + width > starts.length) {
      const longer = new Int32Array(2 * starts.length + width)
      longer.set(starts)
      starts = longer
    }
    for (let x = 0; x < width; x++) if (x === 0 || data[row + x] !== data[row + x - 1]) starts[count++] = x
    rows[y + 1] = count
  }
  const parents = Int32Array.from({ length: count }, (_, i) => i)
  const root = (run: number): number => {
    while (parents[run] !== run) {
      // Halves the way for those who come after.
      parents[run] = parents[parents[run]]
      run = parents[run]
    }
    return run
  }
  for (let y = 1; y < height; y++) {
    const end = (run: number, last: number) => (run + 1 < last ? starts[run + 1] : width)
    let [above, below] = [rows[y - 1], rows[y]]
    while (above < rows[y] && below < rows[y + 1]) {
      const [endAbove, endBelow] = [end(above, rows[y]), end(below, rows[y + 1])]
      if (data[(y - 1) * width + starts[above]] === data[y * width + starts[below]]) {
        const [a, b] = [root(above), root(below)]
        parents[Math.max(a, b)] = Math.min(a, b)
      }
      if (endAbove <= endBelow) above++
      if (endBelow <= endAbove) below++
    }
  }
  return { starts: starts.subarray(0, count), rows, root }
}
