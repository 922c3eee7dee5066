/**
 * @file What is measured of a candidate, and its score: how likely it is to be what was clicked.
 *
 * The weights were fitted on development pictures, every set with the same weight (ridge regression
 * of Dice; docs/masks.md).
 */
import { solidity } from '../../pixels/solidity.ts'
import { COLOURS, type Ground, PIXELS, SIDE } from './ground.ts'

/** A ring around a candidate is so many pixels wide. */
const RING = 8
/** Lengths of a step along a side and across a corner (chamfer 3-4, Borgefors 1986). */
const [SIDEWAYS, ACROSS] = [3, 4]
const FAR = 30_000

const WEIGHTS = {
  /** How deep the click lies, as a share of the deepest place: 0 to 1. */
  depth: 0.29548,
  /** How alike the ring is to the rest outside (Bhattacharyya's coefficient of colours). */
  ringLikeRest: 0.20127,
  /** log(share of the field of view)². */
  squaredLogArea: -0.0065,
  /** How alike the inside is to the ring. */
  likeRing: -0.38064,
  /** log(mean gradient along the outline / mean gradient + 0.01). */
  edge: 0.0842,
  /** The share of the convex hull that is inside. */
  solidity: 0.24489,
  /** The share of the outline at the edge of the field of view. */
  touching: -0.5941,
  /** Mean prominence inside minus outside. */
  prominence: -0.09582,
}

/**
 * The score of one part: more is better; differences of 0.03 matter.
 * @param mask 1 inside, holes filled, at least a pixel
 * @param clicks the clicks inside
 */
export function scoreOf(ground: Ground, mask: Uint8Array, clicks: readonly number[]): number {
  const { inside, interior, colours, histogram, gradient, meanGradient, prominence } = ground
  const within = new Float64Array(COLOURS)
  const ring = new Float64Array(COLOURS)
  const beside = distances(mask, 0)
  const depths = distances(mask, 1)
  let [area, inner, outer, outside, deepest] = [0, 0, 0, 0, 1]
  let [outline, clear, slope] = [0, 0, 0]
  for (let i = 0; i < PIXELS; i++) {
    if (mask[i] === 0) {
      if (inside[i] === 0) continue
      if (beside[i] <= RING * SIDEWAYS) ring[colours[i]]++
      outer += prominence[i]
      outside++
      continue
    }
    area++
    within[colours[i]]++
    inner += prominence[i]
    if (depths[i] > deepest) deepest = depths[i]
    if (depths[i] > ACROSS) continue
    outline++
    clear += interior[i]
    slope += interior[i] * gradient[i]
  }
  const rest = histogram.map((count, c) => Math.max(0, count - within[c] - ring[c]))
  const measured: typeof WEIGHTS = {
    depth: Math.max(...clicks.map((i) => depths[i])) / deepest,
    ringLikeRest: alike(ring, rest),
    squaredLogArea: Math.log(area / ground.area) ** 2,
    likeRing: alike(within, ring),
    edge: Math.log((clear < 5 ? 0 : slope / clear / (meanGradient + 1e-9)) + 0.01),
    solidity: solidity(mask, SIDE),
    touching: 1 - clear / Math.max(outline, 1),
    prominence: inner / area - outer / Math.max(outside, 1),
  }
  const names = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]
  return names.reduce((sum, name) => sum + WEIGHTS[name] * measured[name], 0)
}

/** Bhattacharyya's coefficient of two histograms, 0 to 1. */
function alike(a: Float64Array, b: Float64Array): number {
  let [sum, allA, allB] = [0, 0, 0]
  for (let c = 0; c < a.length; c++) {
    sum += Math.sqrt(a[c] * b[c])
    allA += a[c]
    allB += b[c]
  }
  return allA * allB > 0 ? sum / Math.sqrt(allA * allB) : 0
}

/**
 * For each pixel of one side (0 or 1) the chamfer distance to the other side, in thirds of a pixel;
 * 0 there. Beyond the picture is outside.
 */
function distances(mask: Uint8Array, side: 0 | 1): Int16Array {
  const stride = SIDE + 2
  const padded = new Int16Array(stride * stride).fill(side === 1 ? 0 : FAR)
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) padded[(y + 1) * stride + x + 1] = mask[y * SIDE + x] === side ? FAR : 0
  const relax = (p: number, sign: 1 | -1) => {
    if (padded[p] === 0) return
    const [beside, row] = [padded[p - sign], p - sign * stride]
    const along = Math.min(beside, padded[row]) + SIDEWAYS
    const across = Math.min(padded[row - 1], padded[row + 1]) + ACROSS
    padded[p] = Math.min(padded[p], along, across)
  }
  for (let y = 1; y <= SIDE; y++) for (let x = 1; x <= SIDE; x++) relax(y * stride + x, 1)
  for (let y = SIDE; y >= 1; y--) for (let x = SIDE; x >= 1; x--) relax(y * stride + x, -1)
  const out = new Int16Array(PIXELS)
  for (let y = 0; y < SIDE; y++) out.set(padded.subarray((y + 1) * stride + 1, (y + 2) * stride - 1), y * SIDE)
  return out
}
