/**
 * @file The connected parts of a mask, by union and find (Wu, Otoo & Suzuki 2009) in one array: a
 * pixel holds the position of its parent, which is never a later one.
 */
import { must } from '../arguments.ts'
import { mustBeMap } from './label-map.ts'
import type { Mask } from './mask.ts'

export interface Components {
  /** One number a pixel: 0 outside, 1 … count in the order of the parts' first pixels. */
  labels: Int32Array
  count: number
  /** Pixels of each part by its number, and at 0 those outside. */
  areas: Uint32Array
}

/**
 * Numbers the connected parts of a mask, in two passes over the pixels.
 * @param connectivity 4: parts touch along sides; 8: corners as well
 * @throws AdzusError unless it is a mask and a connectivity
 * @example
 * const { labels, areas } = components(mask, 8)
 */
export function components(mask: Mask, connectivity: 4 | 8 = 8): Components {
  mustBeMap('mask', mask)
  must('connectivity', connectivity === 4 || connectivity === 8, '4 or 8', connectivity)
  const labels = joined(mask, connectivity)
  let count = 0
  // A parent comes before its pixels: it has its number already.
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue
    labels[i] = labels[i] === i + 1 ? ++count : labels[labels[i] - 1]
  }
  const areas = new Uint32Array(count + 1)
  for (let i = 0; i < labels.length; i++) areas[labels[i]]++
  return { labels, count, areas }
}

/** For each pixel inside, 1 + the position of a pixel of its part that is no later. */
function joined({ width, height, data }: Mask, connectivity: 4 | 8): Int32Array {
  const parents = new Int32Array(data.length)
  const root = (i: number): number => {
    while (parents[i] !== i + 1) {
      // Halves the way for those who come after.
      parents[i] = parents[parents[i] - 1]
      i = parents[i] - 1
    }
    return i
  }
  const join = (a: number, b: number) => {
    const first = root(a)
    const second = root(b)
    if (first < second) parents[second] = first + 1
    else parents[first] = second + 1
  }
  const diagonal = connectivity === 8
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue
      parents[i] = i + 1
      const left = x > 0 && data[i - 1] !== 0
      if (left) parents[i] = parents[i - 1]
      if (y === 0) continue
      const above = data[i - width] !== 0
      const aboveLeft = x > 0 && data[i - width - 1] !== 0
      // What the pixel to the left has been joined with already needs no second time.
      if (above && !(left && aboveLeft)) join(i - width, i)
      if (!diagonal || above) continue
      if (aboveLeft && !left) join(i - width - 1, i)
      if (x + 1 < width && data[i - width + 1] !== 0) join(i - width + 1, i)
    }
  return parents
}
