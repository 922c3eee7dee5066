/**
 * @file GrabCut (Rother, Kolmogorov & Blake, “GrabCut”: Interactive Foreground Extraction using
 * Iterated Graph Cuts, SIGGRAPH 2004), with the energy of OpenCV's `grabCut`: Gaussian mixtures of
 * the colours on both sides, and a price for every pair of neighbours that the outline parts,
 * γ · exp(−β · squared difference of colours) / distance. Only k-means starts otherwise.
 */
import { must } from '../arguments.ts'
import { assign, costOf, firstComponents, fitMixture, type Mixture } from './gaussians.ts'
import { type GridCapacities, minCut } from './max-flow.ts'
import type { Picture } from './picture.ts'
import { INSIDE, MAYBE_INSIDE, MAYBE_OUTSIDE, OUTSIDE } from './trimap.ts'

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
  const { width, height, data } = picture
  let inside: Uint8Array = trimap.map((value) => (value === INSIDE || value === MAYBE_INSIDE ? 1 : 0))
  const links = linksOf(picture, trimap, gamma)
  const source = new Float64Array(inside.length)
  const sink = new Float64Array(inside.length)
  let mixtures = known
  for (let round = 0; round < rounds; round++) {
    const [outer, inner] = [pixelsOf(inside, 0, most), pixelsOf(inside, 1, most)]
    if (outer.length === 0 || inner.length === 0) break
    mixtures = [learn(data, outer, components, seed, mixtures?.[0]), learn(data, inner, components, seed, mixtures?.[1])]
    putTerminals(data, trimap, mixtures, { source, sink, gamma })
    inside = minCut({ width, height, source, sink, ...links }).inside
  }
  return { mask: inside.map((value) => 255 * value), mixtures }
}

/** The Gaussians of a side's pixels, after each chose among those that were known before. */
function learn(data: Uint8Array, pixels: Int32Array, components: number, seed: number, before?: Mixture): Mixture {
  const start = before ?? fitMixture(data, pixels, firstComponents(data, pixels, components, seed), components)
  const assigned = new Uint8Array(pixels.length)
  assign(start, data, pixels, assigned)
  return fitMixture(data, pixels, assigned, components)
}

type Links = Pick<GridCapacities, 'right' | 'down' | 'downRight' | 'downLeft'>

function pixelsOf(inside: Uint8Array, side: number, most: number): Int32Array {
  const pixels = new Int32Array(inside.length)
  let count = 0
  for (let i = 0; i < inside.length; i++) if (inside[i] === side) pixels[count++] = i
  const step = Math.ceil(count / most)
  return step <= 1 ? pixels.subarray(0, count) : Int32Array.from({ length: Math.ceil(count / step) }, (_, i) => pixels[i * step])
}

/** What each pixel costs on either side: its colour's improbability, or more than its links. */
function putTerminals(
  data: Uint8Array,
  trimap: Uint8Array,
  [outside, inside]: readonly [Mixture, Mixture],
  { source, sink, gamma }: Pick<GridCapacities, 'source' | 'sink'> & { gamma: number },
): void {
  const never = 9 * gamma
  for (let i = 0; i < trimap.length; i++) {
    if (trimap[i] === OUTSIDE || trimap[i] === INSIDE) {
      source[i] = trimap[i] === INSIDE ? never : 0
      sink[i] = never - source[i]
      continue
    }
    const [r, g, b] = [data[i * 3], data[i * 3 + 1], data[i * 3 + 2]]
    const [out, inner] = [costOf(outside, r, g, b), costOf(inside, r, g, b)]
    // Only their difference decides; a cost of a density above 1 is below 0.
    const least = Math.min(out, inner)
    source[i] = out - least
    sink[i] = inner - least
  }
}

/**
 * Prices of pairs of neighbours of which one is open; β makes the mean squared difference cost
 * γ/√e. Pairs of pixels that are sure need no price.
 */
function linksOf({ width, height, data }: Picture, trimap: Uint8Array, gamma: number): Links {
  const isOpen = (i: number) => trimap[i] === MAYBE_INSIDE || trimap[i] === MAYBE_OUTSIDE
  const square = (p: number, q: number) => (data[p] - data[q]) ** 2 + (data[p + 1] - data[q + 1]) ** 2 + (data[p + 2] - data[q + 2]) ** 2
  const directions = [
    { dx: 1, dy: 0 },
    { dx: 0, dy: 1 },
    { dx: 1, dy: 1 },
    { dx: -1, dy: 1 },
  ]
  let [sum, pairs] = [0, 0]
  for (const { dx, dy } of directions)
    for (let y = 0; y + dy < height; y++)
      for (let x = Math.max(0, -dx); x < width - Math.max(0, dx); x++) {
        const i = y * width + x
        sum += square(i * 3, (i + dy * width + dx) * 3)
        pairs++
      }
  const beta = sum > 0 ? pairs / (2 * sum) : 0
  const [right, down, downRight, downLeft] = directions.map(({ dx, dy }) => {
    const out = new Float32Array(width * height)
    const price = dx !== 0 && dy !== 0 ? gamma * Math.SQRT1_2 : gamma
    for (let y = 0; y + dy < height; y++)
      for (let x = Math.max(0, -dx); x < width - Math.max(0, dx); x++) {
        const i = y * width + x
        const j = i + dy * width + dx
        if (isOpen(i) || isOpen(j)) out[i] = price * Math.exp(-beta * square(i * 3, j * 3))
      }
    return out
  })
  return { right, down, downRight, downLeft }
}
