/** @file The parts of a plane of runs: which runs are connected, and what is measured of each. */
import type { Box } from './mask.ts'
import type { RunPlane } from './run-plane.ts'
import { UnionFind } from './union-find.ts'

/**
 * Numbers the parts of a plane that are connected along sides or corners, whatever their labels
 * were: 1 … count, in the order of their first pixels.
 * @returns count
 */
export function joinRuns(plane: RunPlane): number {
  const sets = new UnionFind()
  let above: ArrayLike<number> = []
  let firstAbove = 1
  for (let y = 0; y < plane.height; y++) {
    const row = plane.runs(y)
    const first = sets.count + 1
    for (let i = 0, k = 0; i < row.length; i += 3) {
      const own = sets.add()
      // Corners count: runs touch where one begins no later than behind the other's end.
      while (k < above.length && above[k + 1] < row[i]) k += 3
      for (let j = k; j < above.length && above[j] <= row[i + 1]; j += 3) sets.join(firstAbove + j / 3, own)
      if (i > 0 && row[i - 2] === row[i]) sets.join(own - 1, own)
    }
    above = row
    firstAbove = first
  }
  const { numbers, count } = sets.numbers()
  plane.relabel((_, run) => numbers[run + 1])
  return count
}

/** What is measured of the labels 1 … count of a plane; place 0 of each list stands for nothing. */
export class RunMeasures {
  readonly areas: Float64Array
  readonly #left: Int32Array
  readonly #top: Int32Array
  readonly #right: Int32Array
  readonly #bottom: Int32Array
  readonly #x: Float64Array
  readonly #y: Float64Array

  constructor(plane: RunPlane, count: number) {
    this.areas = new Float64Array(count + 1)
    this.#left = new Int32Array(count + 1).fill(plane.width)
    this.#top = new Int32Array(count + 1).fill(plane.height)
    this.#right = new Int32Array(count + 1)
    this.#bottom = new Int32Array(count + 1)
    this.#x = new Float64Array(count + 1)
    this.#y = new Float64Array(count + 1)
    for (let y = 0; y < plane.height; y++) {
      const row = plane.runs(y)
      for (let i = 0; i < row.length; i += 3) this.#add(y, row[i], row[i + 1], row[i + 2])
    }
  }

  #add(y: number, start: number, end: number, label: number): void {
    const length = end - start
    this.areas[label] += length
    this.#x[label] += (length * (start + end - 1)) / 2
    this.#y[label] += length * y
    if (start < this.#left[label]) this.#left[label] = start
    if (end > this.#right[label]) this.#right[label] = end
    if (y < this.#top[label]) this.#top[label] = y
    this.#bottom[label] = y + 1
  }

  /** The smallest box around a label's pixels. */
  box(label: number): Box {
    const [x, y] = [this.#left[label], this.#top[label]]
    return { x, y, width: this.#right[label] - x, height: this.#bottom[label] - y }
  }

  /** The mean position of a label's pixels, in pixels from the centre of the top left one. */
  centroid(label: number): [x: number, y: number] {
    return [this.#x[label] / this.areas[label], this.#y[label] / this.areas[label]]
  }
}
