/**
 * @file The slices of a volume that were segmented, on their way to one label volume: numbers that
 * belong together become one, and what lies between the slices is filled. Beside the volume itself
 * no more than three slices are kept.
 */
import type { Volume } from '../../image/volume.ts'
import { labelsBetween, shapeBetween } from './interpolate.ts'
import { areasOf, chainsOf, type Frame, overlapsOf } from './match.ts'
import { putSlice, type Slicing, takeSlice, type Voxels } from './slicing.ts'

/** The largest number of 16 bits. */
const MOST = 65535

/** Where voxels are written, and the slices that have been so far. */
interface Place {
  size: Volume['size']
  slicing: Slicing
}

/** Labels slice by slice; each slice counts for itself until `join`. */
export class LabelStack {
  readonly voxels: Uint16Array
  /** Slices that were added, ascending. */
  readonly indices: number[] = []
  readonly #place: Place
  readonly #frames: Frame[] = []
  /** The labels of the last two slices. */
  #last: readonly ArrayLike<number>[] = []

  constructor(size: Volume['size'], slicing: Slicing) {
    this.#place = { size, slicing }
    this.voxels = new Uint16Array(size[0] * size[1] * size[2])
  }

  /** Takes the next slice, as it is stored; 0 is no segment. */
  add(index: number, labels: ArrayLike<number>): void {
    const { size, slicing } = this.#place
    const [before, earlier] = this.#last
    this.#frames.push({
      areas: areasOf(labels),
      before: before ? overlapsOf(before, labels) : [],
      earlier: earlier ? overlapsOf(earlier, labels) : [],
    })
    this.indices.push(index)
    this.#last = before ? [labels, before] : [labels]
    putSlice(this.voxels, size, slicing, index, labels)
  }

  /**
   * Gives what belongs together one number, by falling size, and where a segment was missed in one
   * slice fills it in.
   * @returns how many there are, and how many more 16 bits cannot number (they become 0)
   */
  join(): { count: number; beyond: number } {
    const { size, slicing } = this.#place
    const { of, count, gaps } = chainsOf(this.#frames)
    const areas = new Float64Array(count)
    for (const [t, own] of of.entries()) for (let b = 1; b < own.length; b++) if (own[b] >= 0) areas[own[b]] += this.#frames[t].areas[b]
    const numbers = new Uint16Array(count)
    const order = [...areas.keys()].sort((p, q) => areas[q] - areas[p] || p - q)
    for (const [n, chain] of order.entries()) numbers[chain] = n < MOST ? n + 1 : 0
    for (const [t, index] of this.indices.entries()) {
      const labels = takeSlice(this.voxels, size, slicing, index)
      for (let i = 0; i < labels.length; i++) labels[i] = labels[i] === 0 ? 0 : numbers[of[t][labels[i]]]
      putSlice(this.voxels, size, slicing, index, labels)
    }
    for (const { frame, chain } of gaps) if (numbers[chain] > 0) this.#bridge(frame, numbers[chain])
    return { count: Math.min(count, MOST), beyond: Math.max(0, count - MOST) }
  }

  /** Fills in a segment that the slices before and after have. */
  #bridge(frame: number, label: number): void {
    const { size, slicing } = this.#place
    const { width, height, spacing } = slicing
    const [from, index, to] = this.indices.slice(frame - 1, frame + 2)
    const [a, own, b] = [from, index, to].map((at) => takeSlice(this.voxels, size, slicing, at))
    const shape = shapeBetween({ a, b, width, height, spacing }, label, (index - from) / (to - from))
    for (let i = 0; i < own.length; i++) if (shape[i] !== 0) own[i] = label
    putSlice(this.voxels, size, slicing, index, own)
  }
}

/**
 * Fills the slices that were not segmented: between two that were by shape-based interpolation,
 * beyond the first and the last with a copy of it.
 * @param indices of the slices that are there, ascending, one at least
 */
export function fillSlices(voxels: Voxels, { size, slicing }: Place, indices: readonly number[]): void {
  const { width, height, spacing, count } = slicing
  const last = indices.length - 1
  const copy = (from: number, to: number) => putSlice(voxels, size, slicing, to, takeSlice(voxels, size, slicing, from))
  for (let index = 0; index < indices[0]; index++) copy(indices[0], index)
  for (let index = indices[last] + 1; index < count; index++) copy(indices[last], index)
  for (let n = 0; n < last; n++) {
    const [from, to] = [indices[n], indices[n + 1]]
    if (to === from + 1) continue
    const [a, b] = [from, to].map((at) => takeSlice(voxels, size, slicing, at))
    const between = Array.from({ length: to - from - 1 }, (_, m) => from + 1 + m)
    const places = between.map((index) => (index - from) / (to - from))
    for (const [m, labels] of labelsBetween({ a, b, width, height, spacing }, places).entries())
      putSlice(voxels, size, slicing, between[m], labels)
  }
}
