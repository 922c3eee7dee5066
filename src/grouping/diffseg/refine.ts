/**
 * @file DiffSeg's optional refinement: k-means (Lloyd) of all attention maps, started from the
 * proposals. Distances and means are matrix products on the device.
 */

import type { Band, BandedMap } from '../../attention/banded-map.ts'
import { add, affine, gatherRows, matmul, multiply, reduce, release, rowDot, Tensor } from '../../tensor/index.ts'

export interface RefineOptions {
  iterations?: number
  /** Stop when the centroids' squared movement falls to this share of the maps' mean variance. */
  tolerance?: number
}

/**
 * map [n, n], proposals [k, n] → the means of the non-empty clusters [≤ k, n]; the caller disposes
 * them.
 */
export async function refine(
  map: BandedMap,
  proposals: Tensor,
  { iterations = 300, tolerance = 1e-4 }: RefineOptions = {},
): Promise<Tensor> {
  const stop = tolerance * (await meanVariance(map))
  let centroids = affine(proposals, 1)
  let members: Int32Array
  for (let round = 0; ; round++) {
    members = await nearestCentroid(map, centroids)
    if (round === iterations) break
    const next = clusterMeans(map, members, centroids)
    const moved = await squaredDistance(next, centroids)
    if (moved <= stop) {
      next.dispose()
      break
    }
    centroids.dispose()
    centroids = next
  }
  const means = clusterMeans(map, members, centroids)
  const used = [...new Set(members)].sort((a, b) => a - b)
  const kept = gatherRows(means, used)
  release(means, centroids)
  return kept
}

/** The mean over columns of each column's variance. */
async function meanVariance(map: BandedMap): Promise<number> {
  const { queries, keys } = map
  const total = (await Promise.all(map.bands.map((band) => columnSums(band)))).reduce((a, b) => a.map((v, i) => v + b[i]))
  const means = Tensor.from(
    map.backend,
    total.map((v) => v / queries),
    [keys],
    'column means',
  )
  let squares = 0
  for (const { map: rows } of map.bands) {
    const centred = add(rows, means, 1, -1)
    squares += await squaredLength(centred)
    centred.dispose()
  }
  means.dispose()
  return squares / (queries * keys)
}

async function columnSums({ map }: Band): Promise<Float32Array> {
  const sums = reduce(map, 'sum', 0)
  const values = await sums.floats()
  sums.dispose()
  return values
}

/**
 * The index of the nearest centroid of every map. |a|² is the same for all of them and left out.
 */
async function nearestCentroid(map: BandedMap, centroids: Tensor): Promise<Int32Array> {
  const lengths = rowDot(centroids, centroids)
  const members = new Int32Array(map.queries)
  for (const band of map.bands) {
    const products = matmul(band.map, centroids, { transposeB: true, alpha: -2 })
    const distances = add(products, lengths)
    const nearest = reduce(distances, 'argmin')
    members.set(await nearest.ints(), map.firstQuery(band))
    release(products, distances, nearest)
  }
  lengths.dispose()
  return members
}

/** Means of the clusters; an empty cluster keeps its centroid. */
function clusterMeans(map: BandedMap, members: Int32Array, centroids: Tensor): Tensor {
  const count = centroids.shape[0]
  const sizes = new Float64Array(count)
  for (const m of members) sizes[m]++
  const empty = Tensor.from(
    map.backend,
    Float32Array.from(sizes, (s) => (s === 0 ? 1 : 0)),
    [count, 1],
    'empty clusters',
  )
  let means = multiply(centroids, empty)
  empty.dispose()
  for (const band of map.bands) {
    const first = map.firstQuery(band)
    const queries = band.map.shape[0]
    const weights = new Float32Array(count * queries)
    for (let i = 0; i < queries; i++) weights[members[first + i] * queries + i] = 1 / sizes[members[first + i]]
    const membership = Tensor.from(map.backend, weights, [count, queries], 'clusters')
    const next = matmul(membership, band.map, { residual: means })
    release(membership, means)
    means = next
  }
  return means
}

async function squaredDistance(a: Tensor, b: Tensor): Promise<number> {
  const difference = add(a, b, 1, -1)
  const sum = await squaredLength(difference)
  difference.dispose()
  return sum
}

/** The sum of all squares. */
async function squaredLength(x: Tensor): Promise<number> {
  const squares = rowDot(x, x)
  const total = reduce(squares, 'sum')
  const [sum] = await total.floats()
  release(squares, total)
  return sum
}
