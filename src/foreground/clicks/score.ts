/**
 * @file How likely a candidate is to be what was clicked: a sum of what is measured of it.
 *
 * The weights were fitted on development pictures, every set with the same weight (ridge regression
 * of Dice; docs/masks.md).
 */
import { eachPixel } from '../bits.ts'
import { COLOURS } from '../clusters.ts'
import { bhattacharyya, histogram } from '../features/colours.ts'
import type { Look } from '../features/look.ts'
import { hullArea } from '../field-of-view.ts'
import { PIXELS, SIDE } from '../square.ts'
import { ACROSS, depthsOf } from './depth.ts'
import type { Ground } from './ground.ts'

const WEIGHTS = {
  /** How deep the click lies, as a share of the deepest place: 0 to 1. */
  depth: 0.29548,
  /** How alike the colours of the ring and of the rest outside are: Bhattacharyya's coefficient. */
  ringLikeRest: 0.20127,
  /** log(share of the field of view)². */
  squaredLogArea: -0.0065,
  /** How alike the colours inside and in the ring are. */
  likeRing: -0.38064,
  /** log(mean gradient along the outline / mean gradient + 0.01). */
  edge: 0.0842,
  /** The share of the convex hull that is inside. */
  solidity: 0.24489,
  /** The share of the outline that is at the edge of the field of view. */
  touching: -0.5941,
  /** Mean prominence (of the largest sigma) inside minus outside. */
  prominence: -0.09582,
}
/** Differences of scores at which one candidate is e times as likely as another. */
export const TEMPERATURE = 0.03
/** An outline of fewer pixels away from the edge of the field of view shows no gradient. */
const LEAST_OUTLINE = 5

/** Of the candidate in hand. */
const depths = new Int16Array(PIXELS)

/**
 * The score of one part; larger is better, differences of 0.03 matter.
 * @param click a pixel inside
 */
export function clickScore(ground: Ground, look: Look, click: number): number {
  const { scene, interior, gradient, meanGradient, histogramOfField, prominenceSum } = ground
  const { bits, ring, area, ringArea, mask } = look
  const { pixels } = scene.prominences[scene.prominences.length - 1]
  depthsOf(mask, depths)
  let [deepest, outline, clear, slope, prominence] = [1, 0, 0, 0, 0]
  const inner = new Float64Array(COLOURS)
  eachPixel(bits, (i) => {
    inner[scene.colours[i]]++
    prominence += pixels[i]
    if (depths[i] > deepest) deepest = depths[i]
    if (depths[i] > ACROSS) return
    outline++
    clear += interior[i]
    slope += interior[i] * gradient[i]
  })
  const around = histogram(ring, scene.colours)
  const rest = histogramOfField.map((count, c) => Math.max(0, count - inner[c] - around[c]))
  const restArea = rest.reduce((a, b) => a + b)
  const steepness = clear < LEAST_OUTLINE ? 0 : slope / clear / (meanGradient + 1e-9)
  return (
    WEIGHTS.depth * (depths[click] / deepest) +
    WEIGHTS.ringLikeRest * bhattacharyya(around, ringArea, rest, restArea) +
    WEIGHTS.squaredLogArea * Math.log(area / scene.fieldArea) ** 2 +
    WEIGHTS.likeRing * bhattacharyya(inner, area, around, ringArea) +
    WEIGHTS.edge * Math.log(steepness + 0.01) +
    WEIGHTS.solidity * (area / hullArea({ width: SIDE, height: SIDE, data: mask })) +
    WEIGHTS.touching * (1 - clear / Math.max(outline, 1)) +
    WEIGHTS.prominence * (prominence / area - (prominenceSum - prominence) / Math.max(1, scene.fieldArea - area))
  )
}
