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
import { INSIDE, MAYBE_INSIDE, OUTSIDE } from './trimap.ts'

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
  let inside = trimap.map((value) => (value === INSIDE || value === MAYBE_INSIDE ? 1 : 0))
  const links = linksOf(picture, gamma)
  const source = new Float64Array(inside.length)
  const sink = new Float64Array(inside.length)
  let sides: Side[] | undefined
  for (let round = 0; round < rounds; round++) {
    const pixels = [0, 1].map((side) => pixelsOf(inside, side))
    if (pixels.some(({ length }) => length === 0)) break
    // The first Gaussians come from k-means; then every pixel chooses among those of its side.
    sides = pixels.map((list, side) => learn(data, list, components, seed, sides?.[side].mixture))
    putTerminals(data, trimap, sides[0].mixture, sides[1].mixture, { source, sink, gamma })
    inside = minCut({ width, height, source, sink, ...links }).inside as Uint8Array<ArrayBuffer>
  }
  return inside.map((value) => 255 * value)
}

interface Side {
  mixture: Mixture
}

function learn(data: Uint8Array, pixels: Int32Array, components: number, seed: number, before?: Mixture): Side {
  const start = before ?? fitMixture(data, pixels, firstComponents(data, pixels, components, seed), components)
  const assigned = new Uint8Array(pixels.length)
  assign(start, data, pixels, assigned)
  return { mixture: fitMixture(data, pixels, assigned, components) }
}

function pixelsOf(inside: Uint8Array, side: number): Int32Array {
  const pixels = new Int32Array(inside.length)
  let count = 0
  for (let i = 0; i < inside.length; i++) if (inside[i] === side) pixels[count++] = i
  return pixels.subarray(0, count)
}

/** What each pixel costs on either side: its colour's improbability, or more than its links. */
function putTerminals(
  data: Uint8Array,
  trimap: Uint8Array,
  outside: Mixture,
  inside: Mixture,
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

/** Squared differences of 8-bit RGB colours are whole numbers up to this. */
const MOST_SQUARE = 3 * 255 ** 2

/** Prices of pairs of neighbours; β makes the mean squared difference cost γ/√e. */
function linksOf({ width, height, data }: Picture, gamma: number): Pick<GridCapacities, 'right' | 'down' | 'downRight' | 'downLeft'> {
  const square = (p: number, q: number) =>
    (data[p] - data[q]) ** 2 + (data[p + 1] - data[q + 1]) ** 2 + (data[p + 2] - data[q + 2]) ** 2
  const directions = [
    { dx: 1, dy: 0, out: new Float64Array(width * height) },
    { dx: 0, dy: 1, out: new Float64Array(width * height) },
    { dx: 1, dy: 1, out: new Float64Array(width * height) },
    { dx: -1, dy: 1, out: new Float64Array(width * height) },
  ]
  let [sum, pairs] = [0, 0]
  for (const { dx, dy, out } of directions)
    for (let y = 0; y + dy < height; y++)
      for (let x = Math.max(0, -dx); x < width - Math.max(0, dx); x++) {
        const i = y * width + x
        out[i] = square(i * 3, (i + dy * width + dx) * 3)
        sum += out[i]
        pairs++
      }
  const beta = sum > 0 ? pairs / (2 * sum) : 0
  const price = Float64Array.from({ length: MOST_SQUARE + 1 }, (_, difference) => gamma * Math.exp(-beta * difference))
  // Entries without a pair behind them are ignored by the cut.
  for (const { dx, dy, out } of directions) {
    const scale = dx !== 0 && dy !== 0 ? Math.SQRT1_2 : 1
    for (let i = 0; i < out.length; i++) out[i] = price[out[i]] * scale
  }
  const [right, down, downRight, downLeft] = directions.map(({ out }) => out)
  return { right, down, downRight, downLeft }
}
