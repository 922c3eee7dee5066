/**
 * @file A mixture of Gaussians with full covariance over colours, fitted as GrabCut does (Rother,
 * Kolmogorov & Blake 2004, §3; numbers as in OpenCV's `grabcut.cpp`): every pixel belongs to one
 * Gaussian, the likeliest, and the Gaussians are those of their pixels.
 */
import { kMeans, nearestCentres } from './k-means.ts'

/** Below this determinant a covariance counts as flat, and gets `NOISE` on its diagonal. */
const FLAT = 1e-6
const NOISE = 0.01
/** k-means looks at no more pixels than this; all pixels go to the centres it finds. */
const MOST_SAMPLES = 2_000
/** Numbers that a Gaussian takes in `numbers`. */
const SIZE = 10

/** Gaussians in three dimensions and their weights. */
export interface Mixture {
  components: number
  /**
   * For each Gaussian its mean (3), the inverse of its covariance (6: xx, yy, zz, and twice xy,
   * xz, yz), and the logarithm of its density at the mean without (2π)^−3/2.
   */
  numbers: Float64Array
  /** Shares of the pixels; they sum to 1. */
  weights: Float64Array
}

/**
 * The first assignment of pixels to Gaussians, by k-means on their colours.
 * @param colours three numbers a pixel
 * @param pixels which pixels; at least one
 * @returns the Gaussian of each of `pixels`
 */
export function firstComponents(colours: ArrayLike<number>, pixels: Int32Array, components: number, seed: number): Uint8Array {
  const step = Math.ceil(pixels.length / MOST_SAMPLES)
  const samples = new Float32Array(Math.ceil(pixels.length / step) * 3)
  for (let i = 0, at = 0; i < pixels.length; i += step, at += 3) for (let k = 0; k < 3; k++) samples[at + k] = colours[pixels[i] * 3 + k]
  const { centres, labels } = kMeans(samples, 3, components, { seed })
  if (step === 1) return labels
  const points = new Float32Array(pixels.length * 3)
  for (let i = 0; i < pixels.length; i++) for (let k = 0; k < 3; k++) points[i * 3 + k] = colours[pixels[i] * 3 + k]
  const all = new Uint8Array(pixels.length)
  nearestCentres(points, 3, centres, all)
  return all
}

/**
 * The Gaussians of pixels that are assigned to them.
 * @param assigned the Gaussian of each of `pixels`
 */
export function fitMixture(colours: ArrayLike<number>, pixels: Int32Array, assigned: Uint8Array, components: number): Mixture {
  const sums = new Float64Array(components * SIZE)
  for (let i = 0; i < pixels.length; i++) {
    const at = assigned[i] * SIZE
    const p = pixels[i] * 3
    const x = colours[p]
    const y = colours[p + 1]
    const z = colours[p + 2]
    sums[at]++
    sums[at + 1] += x
    sums[at + 2] += y
    sums[at + 3] += z
    sums[at + 4] += x * x
    sums[at + 5] += y * y
    sums[at + 6] += z * z
    sums[at + 7] += x * y
    sums[at + 8] += x * z
    sums[at + 9] += y * z
  }
  const mixture = { components, numbers: new Float64Array(components * SIZE), weights: new Float64Array(components) }
  for (let c = 0; c < components; c++) {
    const moments = sums.subarray(c * SIZE, (c + 1) * SIZE)
    mixture.weights[c] = moments[0] / pixels.length
    if (moments[0] > 0) putGaussian(moments, mixture.numbers.subarray(c * SIZE, (c + 1) * SIZE))
  }
  return mixture
}

/** From a count, three sums and six sums of products. */
function putGaussian(moments: Float64Array, out: Float64Array): void {
  const [x, y, z, xx, yy, zz, xy, xz, yz] = moments.subarray(1).map((sum) => sum / moments[0])
  let [a, d, f] = [xx - x * x, yy - y * y, zz - z * z]
  const [b, c, e] = [xy - x * y, xz - x * z, yz - y * z]
  const determinant = () => a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d)
  let det = determinant()
  if (det <= FLAT) {
    a += NOISE
    d += NOISE
    f += NOISE
    det = determinant()
  }
  const twice = 2 / det
  out.set([x, y, z, (d * f - e * e) / det, (a * f - c * c) / det, (a * d - b * b) / det])
  out.set([(c * e - b * f) * twice, (b * e - c * d) * twice, (b * c - a * e) * twice, -0.5 * Math.log(det)], 6)
}

/**
 * The Gaussian that each of `pixels` is likeliest from, whatever their weights; one without
 * pixels never wins.
 */
export function assign(mixture: Mixture, colours: ArrayLike<number>, pixels: Int32Array, out: Uint8Array): void {
  const { components, numbers, weights } = mixture
  for (let i = 0; i < pixels.length; i++) {
    const p = pixels[i] * 3
    const x = colours[p]
    const y = colours[p + 1]
    const z = colours[p + 2]
    let best = 0
    let most = Number.NEGATIVE_INFINITY
    for (let c = 0; c < components; c++) {
      if (weights[c] === 0) continue
      const log = logDensity(numbers, c * SIZE, x, y, z)
      if (log > most) {
        most = log
        best = c
      }
    }
    out[i] = best
  }
}

/** Beyond this many units of the logarithm below the largest, a density adds nothing. */
const NOTHING = 40

/**
 * −log of the mixture's density at a colour, without (2π)^−3/2. It is finite for every colour,
 * since the largest density is taken out of the sum.
 */
export function costOf(mixture: Mixture, x: number, y: number, z: number): number {
  const { components, numbers, weights } = mixture
  let most = Number.NEGATIVE_INFINITY
  let rest = 0
  for (let c = 0; c < components; c++) {
    if (weights[c] === 0) continue
    const log = logDensity(numbers, c * SIZE, x, y, z)
    if (log > most) {
      rest = (log - most > NOTHING ? 0 : rest * Math.exp(most - log)) + weights[c]
      most = log
    } else if (most - log < NOTHING) rest += weights[c] * Math.exp(log - most)
  }
  return -most - Math.log(rest)
}

function logDensity(numbers: Float64Array, at: number, x: number, y: number, z: number): number {
  const dx = x - numbers[at]
  const dy = y - numbers[at + 1]
  const dz = z - numbers[at + 2]
  const squares = numbers[at + 3] * dx * dx + numbers[at + 4] * dy * dy + numbers[at + 5] * dz * dz
  const products = numbers[at + 6] * dx * dy + numbers[at + 7] * dx * dz + numbers[at + 8] * dy * dz
  return numbers[at + 9] - 0.5 * (squares + products)
}
