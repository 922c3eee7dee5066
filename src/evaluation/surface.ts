/**
 * @file Distances between the surfaces of two masks: HD95 and the normalised surface distance (NSD;
 * Nikolov et al., *Clinically applicable segmentation of head and neck anatomy*, 2021).
 *
 * A surface is a mask without its erosion by the cross, and its elements are pixels: that is how
 * MONAI and Metrics Reloaded define both figures.
 */
import { must } from '../arguments.ts'
import { distanceTransform, type PixelSize } from '../pixels/distance-transform.ts'
import { surface } from '../pixels/erode.ts'
import { boundingBox, crop, type Mask } from '../pixels/mask.ts'
import { quantile } from '../pixels/quantile.ts'

/** Three pixels of 0.1 mm are 0.3 mm, whatever the last bit of the product says. */
const ROUNDING = 1 + 1e-12

/** Fails unless something is a length, which may be 0. */
export function mustBeTolerance(tolerance: number): void {
  must('tolerance', Number.isFinite(tolerance) && tolerance >= 0, 'a length, 0 or more', tolerance)
}

/**
 * Both figures of two masks of one size.
 * @param spacing lengths of a pixel's sides
 * @param tolerance in the same unit
 */
export function surfaceFigures(truth: Mask, result: Mask, spacing: PixelSize, tolerance: number): { hd95: number; nsd: number } {
  const box = boundingBox(truth, result)
  if (box === undefined) return { hd95: 0, nsd: 1 }
  // Distances between surfaces do not depend on what is around both.
  const [a, b] = [surface(crop(truth, box)), surface(crop(result, box))]
  const ways = [sortedDistances(a, b, spacing), sortedDistances(b, a, spacing)]
  if (ways.some((distances) => distances.length === 0 || distances[0] === Infinity))
    return { hd95: Math.hypot(truth.width * spacing[0], truth.height * spacing[1]), nsd: 0 }
  const within = ways.reduce((sum, distances) => sum + countUpTo(distances, tolerance * ROUNDING), 0)
  return { hd95: Math.max(...ways.map((distances) => quantile(distances, 0.95))), nsd: within / (ways[0].length + ways[1].length) }
}

/** From every pixel of one surface to the nearest of the other, ascending. */
function sortedDistances(from: Mask, to: Mask, spacing: PixelSize): Float64Array {
  const distances = distanceTransform(to, spacing)
  let count = 0
  for (let i = 0; i < distances.length; i++) if (from.data[i] !== 0) distances[count++] = distances[i]
  return distances.subarray(0, count).sort()
}

/** How many of ascending numbers are no larger than a limit. */
function countUpTo(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] <= limit) low = middle + 1
    else high = middle
  }
  return low
}
