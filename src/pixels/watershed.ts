/**
 * @file The watershed from markers by flooding in the order of a priority queue (Beucher & Meyer
 * 1993), as `skimage.segmentation.watershed` does it: lower values first, of equal ones those that
 * were reached first. Every pixel gets the number of the marker that reaches it.
 */
import { must } from '../arguments.ts'

export interface Landscape {
  width: number
  height: number
  /** Heights; water rises from low to high. */
  heights: ArrayLike<number>
}

/**
 * @param markers numbers of the basins at their sources, 0 elsewhere
 * @param within where water may go: not 0
 * @returns the number of its basin for every pixel that water reaches, else 0
 * @throws AdzusError unless there is one number a pixel of each
 * @example
 * const labels = watershed({ width, height, heights: gradient }, markers, mask)
 */
export function watershed({ width, height, heights }: Landscape, markers: ArrayLike<number>, within: ArrayLike<number>): Int32Array {
  const count = width * height
  must('heights', heights.length === count, `${width} × ${height} numbers`, heights.length)
  must('markers', markers.length === count, `${width} × ${height} numbers`, markers.length)
  must('within', within.length === count, `${width} × ${height} numbers`, within.length)
  const labels = new Int32Array(count)
  const queue = new PixelQueue(heights, count)
  for (let i = 0; i < count; i++) {
    if (markers[i] === 0 || within[i] === 0) continue
    labels[i] = markers[i]
    queue.push(i)
  }
  for (let i = queue.pop(); i >= 0; i = queue.pop()) {
    const x = i % width
    const reach = (to: number) => {
      if (within[to] === 0 || labels[to] !== 0) return
      labels[to] = labels[i]
      queue.push(to)
    }
    if (i >= width) reach(i - width)
    if (x > 0) reach(i - 1)
    if (x + 1 < width) reach(i + 1)
    if (i + width < count) reach(i + width)
  }
  return labels
}

/** A binary heap of pixels by height, and then by the order in which they came. */
class PixelQueue {
  readonly #heights: ArrayLike<number>
  readonly #heap: Int32Array
  readonly #order: Int32Array
  #size = 0
  #pushed = 0

  constructor(heights: ArrayLike<number>, capacity: number) {
    this.#heights = heights
    this.#heap = new Int32Array(capacity)
    this.#order = new Int32Array(capacity)
  }

  /** A pixel is pushed once. */
  push(pixel: number): void {
    this.#order[pixel] = this.#pushed++
    let at = this.#size++
    for (let up = (at - 1) >> 1; at > 0 && this.#before(pixel, this.#heap[up]); up = (at - 1) >> 1) {
      this.#heap[at] = this.#heap[up]
      at = up
    }
    this.#heap[at] = pixel
  }

  /** The first pixel, or −1 where there is none. */
  pop(): number {
    if (this.#size === 0) return -1
    const first = this.#heap[0]
    const moved = this.#heap[--this.#size]
    let at = 0
    for (let child = 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && this.#before(this.#heap[child + 1], this.#heap[child])) child++
      if (!this.#before(this.#heap[child], moved)) break
      this.#heap[at] = this.#heap[child]
      at = child
    }
    this.#heap[at] = moved
    return first
  }

  #before(a: number, b: number): boolean {
    const difference = this.#heights[a] - this.#heights[b]
    return difference < 0 || (difference === 0 && this.#order[a] < this.#order[b])
  }
}
