/**
 * @file Slices between two others by shape-based interpolation (Raya & Udupa, *Shape-based
 * interpolation of multidimensional objects*, IEEE Transactions on Medical Imaging 9, 1990): the
 * signed distances to an outline are interpolated, and where the result is positive is inside.
 *
 * Of labels a pixel changes from its neighbour's in one slice to that in the other at one place,
 * the mean of where the one ends there and the other begins. A shape that only one of the two
 * slices has shrinks towards its innermost place and ends half-way; what it lies in does not matter
 * then.
 */
import { distanceTransform, type PixelSize } from '../../pixels/distance-transform.ts'
import type { Box } from '../../pixels/mask.ts'

/** A shape that ends between the slices decides alone. */
const DECISIVE = 1e6

/** Two slices, as labels or as masks, and the pixels that they are made of. */
export interface Between {
  a: ArrayLike<number>
  b: ArrayLike<number>
  width: number
  height: number
  spacing: PixelSize
}

/**
 * Labels of the slices at the given places between two others; 0 is a label like any other.
 * @param places 0 is the slice a, 1 is b
 * @returns one label map a place
 * @example
 * const [middle] = labelsBetween({ a, b, width, height, spacing: [1, 1] }, [0.5])
 */
export function labelsBetween(between: Between, places: readonly number[]): Uint16Array[] {
  const { a, b, width } = between
  const sums = new Float64Array(a.length)
  const weights = new Float64Array(a.length)
  for (const label of changing(a, b)) {
    const box = boxOf(between, label)
    const { here, there, both } = signedDistances(between, label, box)
    const weight = both ? 1 : DECISIVE
    forBox(box, width, (i, at) => {
      if (a[i] === b[i] || (a[i] !== label && b[i] !== label)) return
      sums[i] += (weight * here[at]) / (here[at] - there[at])
      weights[i] += weight
    })
  }
  return places.map((place) => {
    const out = new Uint16Array(a)
    for (let i = 0; i < out.length; i++) if (weights[i] > 0 && place * weights[i] >= sums[i]) out[i] = b[i]
    return out
  })
}

/** Where a label lies in a slice between two others: 255 inside, 0 outside. */
export function shapeBetween(between: Between, label: number, place: number): Uint8Array {
  const out = new Uint8Array(between.a.length)
  const box = boxOf(between, label)
  if (box.width === 0) return out
  const { here, there } = signedDistances(between, label, box)
  forBox(box, between.width, (i, at) => {
    if ((1 - place) * here[at] + place * there[at] > 0) out[i] = 255
  })
  return out
}

/** Labels that some pixel has in one of the slices and not in the other, ascending. */
function changing(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const found = new Set<number>()
  for (let i = 0; i < a.length; i++)
    if (a[i] !== b[i]) {
      found.add(a[i])
      found.add(b[i])
    }
  return [...found].sort((p, q) => p - q)
}

/** The box around a label in both slices, one pixel wider where there is one. */
function boxOf({ a, b, width, height }: Between, label: number): Box {
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (a[i] !== label && b[i] !== label) continue
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      bottom = y
    }
  if (right < 0) return { x: 0, y: 0, width: 0, height: 0 }
  const [x, y] = [Math.max(0, left - 1), Math.max(0, top - 1)]
  return { x, y, width: Math.min(width, right + 2) - x, height: Math.min(height, bottom + 2) - y }
}

function forBox({ x, y, width, height }: Box, across: number, call: (i: number, at: number) => void): void {
  for (let row = 0, at = 0; row < height; row++) for (let i = (y + row) * across + x, end = i + width; i < end; i++, at++) call(i, at)
}

/**
 * Of both slices, in the box; a slice without the label is as far outside as the other is inside.
 */
function signedDistances({ a, b, width, spacing }: Between, label: number, box: Box) {
  const [here, there] = [a, b].map((labels) => signedDistance(labels, width, spacing, label, box))
  if (here && there) return { here, there, both: true }
  const one = (here ?? there)!
  const depth = one.reduce((most, distance) => Math.max(most, distance), 0)
  const other = new Float64Array(one.length).fill(-depth)
  return here ? { here, there: other, both: false } : { here: other, there: one, both: false }
}

/** Positive inside, negative outside, 0 half-way between the pixels; nothing without the label. */
function signedDistance(labels: ArrayLike<number>, across: number, spacing: PixelSize, label: number, box: Box): Float64Array | undefined {
  const { width, height } = box
  const inside = new Uint8Array(width * height)
  forBox(box, across, (i, at) => {
    inside[at] = Number(labels[i] === label)
  })
  if (!inside.includes(1)) return undefined
  const outward = distanceTransform({ width, height, data: inside }, spacing)
  const inward = distanceTransform({ width, height, data: inside.map((value) => 1 - value) }, spacing)
  const half = Math.min(...spacing) / 2
  // A label that fills the box has no outline.
  const most = spacing[0] * width + spacing[1] * height
  return inward.map((distance, at) => (inside[at] ? Math.min(distance, most) - half : half - outward[at]))
}
