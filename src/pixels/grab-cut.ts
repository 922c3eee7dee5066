/**
 * @file GrabCut (Rother, Kolmogorov & Blake, “GrabCut”: Interactive Foreground Extraction using
 * Iterated Graph Cuts, SIGGRAPH 2004), with the energy of OpenCV's `grabCut`: Gaussian mixtures of
 * the colours on both sides, and a price for every pair of neighbours that the outline parts,
 * γ · exp(−β · squared difference of colours) / distance. Only k-means starts otherwise.
 */
import { must } from '../arguments.ts'
import { assign, costOf, firstComponents, fitMixture, type Mixture } from './gaussians.ts'
import { boundingBox, maskWhere } from './mask.ts'
import { minCut } from './max-flow.ts'
import type { GridCapacities } from './max-flow-grid.ts'
import type { Picture } from './picture.ts'
import { INSIDE, MAYBE_INSIDE, MAYBE_OUTSIDE } from './trimap.ts'

export interface GrabCutOptions {
  /** How often Gaussians and cut are made anew, 1 or more. */
  rounds?: number
  /** Price of an outline in a picture without edges. */
  gamma?: number
  /** Gaussians a side, 1 … 255. */
  components?: number
  /** Of k-means. */
  seed?: number
}

/**
 * @param trimap OUTSIDE, INSIDE, MAYBE_OUTSIDE or MAYBE_INSIDE a pixel (`trimap.ts`)
 * @returns 255 inside, 0 outside; where a side of the trimap is empty, the other is everything
 * @throws AdzusError unless the picture has three samples and the trimap one number a pixel
 * @example
 * const mask = grabCut(picture, trimapOf(prominence, otsu(prominence)))
 */
export function grabCut(
  picture: Picture,
  trimap: Uint8Array,
  { rounds = 2, gamma = 50, components = 5, seed = 0 }: GrabCutOptions = {},
): Uint8Array {
  const { width, height, data } = picture
  must('picture', data.length === 3 * width * height, `${width} × ${height} × 3 samples`, data.length)
  must('trimap', trimap.length === width * height, `${width} × ${height} numbers`, trimap.length)
  return cutRounds(picture, trimap, undefined, { rounds, gamma, components, seed }).mask
}

/** What one size of a picture hands to the next larger one. */
export interface CutState {
  /** 255 inside, 0 outside. */
  mask: Uint8Array
  /** The Gaussians outside and inside; nothing where a side was empty from the start. */
  mixtures?: readonly [outside: Mixture, inside: Mixture]
}

/**
 * GrabCut from Gaussians that are known, or from k-means where there are none.
 * @param options `most`: from so many pixels a side are the Gaussians fitted, at equal steps
 */
export function cutRounds(
  picture: Picture,
  trimap: Uint8Array,
  known: CutState['mixtures'],
  { rounds, gamma, components, seed, most = Number.POSITIVE_INFINITY }: Required<GrabCutOptions> & { most?: number },
): CutState {
  const { data } = picture
  const inside = trimap.map((value) => (value === INSIDE || value === MAYBE_INSIDE ? 1 : 0))
  const part = openPart(picture, trimap)
  const links = linksOf(picture, trimap, part, gamma)
  let mixtures = known
  for (let round = 0; round < rounds; round++) {
    const [outer, inner] = [pixelsOf(inside, 0, most), pixelsOf(inside, 1, most)]
    if (outer.length === 0 || inner.length === 0) break
    mixtures = [learn(data, outer, components, seed, mixtures?.[0]), learn(data, inner, components, seed, mixtures?.[1])]
    const cut = minCut({ ...part, ...terminalsOf(data, trimap, part, mixtures, gamma), ...links })
    for (let k = 0; k < part.pixels.length; k++) inside[part.pixels[k]] = cut.inside[k]
  }
  return { mask: inside.map((value) => 255 * value), mixtures }
}

/** The part of a picture that holds all open pixels and their neighbours. */
interface Part {
  width: number
  height: number
  /** Where its pixels are in the picture. */
  pixels: Int32Array
}

function openPart(picture: Picture, trimap: Uint8Array): Part {
  const box = boundingBox(maskWhere({ ...picture, data: trimap }, isOpen)) ?? { x: 0, y: 0, width: 0, height: 0 }
  const [left, top] = [Math.max(0, box.x - 1), Math.max(0, box.y - 1)]
  const width = Math.min(picture.width, box.x + box.width + 1) - left
  const height = Math.min(picture.height, box.y + box.height + 1) - top
  const pixels = new Int32Array(width * height)
  for (let k = 0; k < pixels.length; k++) pixels[k] = (top + Math.floor(k / width)) * picture.width + left + (k % width)
  return { width, height, pixels }
}

const isOpen = (value: number) => value === MAYBE_INSIDE || value === MAYBE_OUTSIDE

/** The Gaussians of a side's pixels, after each chose among those that were known before. */
function learn(data: Uint8Array, pixels: Int32Array, components: number, seed: number, before?: Mixture): Mixture {
  const start = before ?? fitMixture(data, pixels, firstComponents(data, pixels, components, seed), components)
  const assigned = new Uint8Array(pixels.length)
  assign(start, data, pixels, assigned)
  return fitMixture(data, pixels, assigned, components)
}

function pixelsOf(inside: Uint8Array, side: number, most: number): Int32Array {
  const pixels = new Int32Array(inside.length)
  let count = 0
  for (let i = 0; i < inside.length; i++) if (inside[i] === side) pixels[count++] = i
  const step = Math.ceil(count / most)
  if (step <= 1) return pixels.subarray(0, count)
  const some = new Int32Array(Math.ceil(count / step))
  for (let i = 0; i < some.length; i++) some[i] = pixels[i * step]
  return some
}

/** What each pixel costs on either side: its colour's improbability, or more than its links. */
function terminalsOf(
  data: Uint8Array,
  trimap: Uint8Array,
  { pixels }: Part,
  [outside, inside]: readonly [Mixture, Mixture],
  gamma: number,
): Pick<GridCapacities, 'source' | 'sink'> {
  const never = 9 * gamma
  const source = new Float64Array(pixels.length)
  const sink = new Float64Array(pixels.length)
  for (let k = 0; k < pixels.length; k++) {
    const i = pixels[k]
    if (!isOpen(trimap[i])) {
      source[k] = trimap[i] === INSIDE ? never : 0
      sink[k] = never - source[k]
      continue
    }
    const at = i * 3
    const out = costOf(outside, data[at], data[at + 1], data[at + 2])
    const inner = costOf(inside, data[at], data[at + 1], data[at + 2])
    // Only their difference decides; a cost of a density above 1 is below 0.
    const least = Math.min(out, inner)
    source[k] = out - least
    sink[k] = inner - least
  }
  return { source, sink }
}

type Links = Pick<GridCapacities, 'right' | 'down' | 'downRight' | 'downLeft'>

/** Steps to a neighbour: every pair of neighbours is one of these from its first pixel. */
const STEPS = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
] as const

/** What is known of a picture whatever its trimap, since many cuts are made of one. */
interface Prices {
  gamma: number
  beta: number
  /** For each of `STEPS` the price of every pixel's pair; −1 where nobody has asked for it. */
  pairs: Float32Array[]
}

const known = new WeakMap<Picture, Prices>()

function pricesOf(picture: Picture, gamma: number): Prices {
  const found = known.get(picture)
  if (found?.gamma === gamma) return found
  const pairs = STEPS.map(() => new Float32Array(picture.width * picture.height).fill(-1))
  const prices = { gamma, beta: betaOf(picture), pairs }
  known.set(picture, prices)
  return prices
}

/**
 * Prices of pairs of neighbours of which one is open; β makes the mean squared difference in the
 * whole picture cost γ/√e. Pairs of pixels that are sure need no price.
 */
function linksOf(picture: Picture, trimap: Uint8Array, part: Part, gamma: number): Links {
  const { beta, pairs } = pricesOf(picture, gamma)
  const priced = (direction: number) => {
    const [dx, dy] = STEPS[direction]
    return pairPrices(picture, trimap, part, { dx, dy, price: gamma / Math.hypot(dx, dy), beta, pairs: pairs[direction] })
  }
  return { right: priced(0), down: priced(1), downRight: priced(2), downLeft: priced(3) }
}

interface Pair {
  dx: number
  dy: number
  /** Of a pair of one colour. */
  price: number
  beta: number
  pairs: Float32Array
}

function pairPrices(picture: Picture, trimap: Uint8Array, part: Part, { dx, dy, price, beta, pairs }: Pair): Float32Array {
  const { data } = picture
  const { width, height, pixels } = part
  const out = new Float32Array(pixels.length)
  const step = dy * picture.width + dx
  const [first, last] = [Math.max(0, -dx), width - Math.max(0, dx)]
  for (let y = 0; y + dy < height; y++)
    for (let x = first, k = y * width + first; x < last; x++, k++) {
      const i = pixels[k]
      const j = i + step
      if (trimap[i] < MAYBE_OUTSIDE && trimap[j] < MAYBE_OUTSIDE) continue
      if (pairs[i] < 0) pairs[i] = price * Math.exp(-beta * squareDifference(data, i * 3, j * 3))
      out[k] = pairs[i]
    }
  return out
}

/** 1 / (2 · mean squared difference of neighbours); 0 in a picture of one colour. */
function betaOf({ width, height, data }: Picture): number {
  let sum = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      const below = y + 1 < height
      if (x + 1 < width) sum += squareDifference(data, at, at + 3)
      if (below) sum += squareDifference(data, at, at + width * 3)
      if (below && x + 1 < width) sum += squareDifference(data, at, at + width * 3 + 3)
      if (below && x > 0) sum += squareDifference(data, at, at + width * 3 - 3)
    }
  const pairs = 4 * width * height - 3 * width - 3 * height + 2
  return sum > 0 ? pairs / (2 * sum) : 0
}

function squareDifference(data: Uint8Array, p: number, q: number): number {
  const r = data[p] - data[q]
  const g = data[p + 1] - data[q + 1]
  const b = data[p + 2] - data[q + 2]
  return r * r + g * g + b * b
}
