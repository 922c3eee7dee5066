/**
 * @file k-means (Lloyd 1982) from k-means++ seeds (Arthur & Vassilvitskii 2007) with a seeded
 * generator: the same points give the same clusters on every machine.
 */
import { must } from '../arguments.ts'
import { uniform } from '../random.ts'

export interface KMeansOptions {
  /** Of the generator that draws the first centres. */
  seed?: number
  /** At most so many times are the centres moved. */
  rounds?: number
}

export interface Clusters {
  /** `clusters` rows of `dimensions` numbers. */
  centres: Float64Array
  /** The cluster of every point. */
  labels: Uint8Array
}

/**
 * @param points rows of `dimensions` numbers, at least one
 * @param clusters 1 … 255; where fewer points differ, some clusters stay without points
 * @throws AdzusError for no points, and for a number of clusters out of range
 * @example
 * const { centres, labels } = kMeans(rgbToLab(rgb), 3, 2)
 */
export function kMeans(
  points: ArrayLike<number>,
  dimensions: number,
  clusters: number,
  { seed = 0, rounds = 10 }: KMeansOptions = {},
): Clusters {
  must('clusters', clusters >= 1 && clusters <= 255, 'a number of clusters from 1 to 255', clusters)
  must('points', points.length >= dimensions && points.length % dimensions === 0, `rows of ${dimensions} numbers`, points)
  const centres = firstCentres(points, dimensions, clusters, uniform(seed))
  const labels = new Uint8Array(points.length / dimensions)
  for (let round = 0; round < rounds; round++) {
    const changed = nearestCentres(points, dimensions, centres, labels)
    if (!changed && round > 0) break
    moveCentres(points, dimensions, labels, centres)
  }
  nearestCentres(points, dimensions, centres, labels)
  return { centres, labels }
}

/**
 * Writes the nearest centre of every point, the first of equally near ones, to `labels`.
 * @returns whether any label changed
 */
export function nearestCentres(points: ArrayLike<number>, dimensions: number, centres: Float64Array, labels: Uint8Array): boolean {
  if (dimensions === 3) return nearestColours(points, centres, labels)
  let changed = false
  for (let i = 0; i < labels.length; i++) {
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (let c = 0, at = 0; at < centres.length; c++, at += dimensions) {
      const square = squareDistance(points, i * dimensions, centres, at, dimensions)
      if (square < least) {
        least = square
        best = c
      }
    }
    if (labels[i] !== best) changed = true
    labels[i] = best
  }
  return changed
}

/** The same for three dimensions, which colours have, in a fraction of the time. */
function nearestColours(points: ArrayLike<number>, centres: Float64Array, labels: Uint8Array): boolean {
  let changed = false
  for (let i = 0; i < labels.length; i++) {
    const x = points[3 * i]
    const y = points[3 * i + 1]
    const z = points[3 * i + 2]
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (let c = 0, at = 0; at < centres.length; c++, at += 3) {
      const u = x - centres[at]
      const v = y - centres[at + 1]
      const w = z - centres[at + 2]
      const square = u * u + v * v + w * w
      if (square < least) {
        least = square
        best = c
      }
    }
    if (labels[i] !== best) changed = true
    labels[i] = best
  }
  return changed
}

/** Each next centre is a point drawn with a chance that grows with its squared distance. */
function firstCentres(points: ArrayLike<number>, dimensions: number, clusters: number, random: () => number): Float64Array {
  const count = points.length / dimensions
  const centres = new Float64Array(clusters * dimensions)
  const squares = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  let chosen = Math.floor(random() * count)
  for (let c = 0; c < clusters; c++) {
    for (let k = 0; k < dimensions; k++) centres[c * dimensions + k] = points[chosen * dimensions + k]
    let sum = 0
    for (let i = 0; i < count; i++) {
      squares[i] = Math.min(squares[i], squareDistance(points, i * dimensions, centres, c * dimensions, dimensions))
      sum += squares[i]
    }
    // Where all points are taken, the last one is taken again.
    let rest = random() * sum
    for (let i = 0; i < count && sum > 0; i++) {
      if (squares[i] > 0) chosen = i
      rest -= squares[i]
      if (rest < 0) break
    }
  }
  return centres
}

/** To the mean of their points; a centre without points stays where it is. */
function moveCentres(points: ArrayLike<number>, dimensions: number, labels: Uint8Array, centres: Float64Array): void {
  const sums = new Float64Array(centres.length)
  const sizes = new Float64Array(centres.length / dimensions)
  for (let i = 0; i < labels.length; i++) {
    sizes[labels[i]]++
    for (let k = 0; k < dimensions; k++) sums[labels[i] * dimensions + k] += points[i * dimensions + k]
  }
  for (let i = 0; i < sums.length; i++) {
    const size = sizes[Math.floor(i / dimensions)]
    if (size > 0) centres[i] = sums[i] / size
  }
}

function squareDistance(a: ArrayLike<number>, atA: number, b: ArrayLike<number>, atB: number, dimensions: number): number {
  let sum = 0
  for (let k = 0; k < dimensions; k++) sum += (a[atA + k] - b[atB + k]) ** 2
  return sum
}
