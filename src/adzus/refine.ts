/**
 * @file DiffSeg's optional refinement: k-means (Lloyd) of all attention maps, started from the proposals. Distances and means are matrix products on the device.
 */
import { add, affine, gatherRows, matmul, multiply, reduce, release, rowDot, Tensor } from '../tensor/index.ts'

export interface RefineOptions {
  iterations?: number
  /** Stop when the centroids' squared movement falls to this share of the maps' mean variance. */
  tolerance?: number
}

/** map [n, n], proposals [k, n] → the means of the non-empty clusters [≤ k, n]; the caller disposes them. */
export async function refine(map: Tensor, proposals: Tensor, { iterations = 300, tolerance = 1e-4 }: RefineOptions = {}): Promise<Tensor> {
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
async function meanVariance(map: Tensor): Promise<number> {
  const [rows, columns] = map.shape
  const means = reduce(map, 'mean', 0)
  const centred = add(map, means, 1, -1)
  const squares = rowDot(centred, centred)
  const total = reduce(squares, 'sum')
  const [sum] = await total.floats()
  release(means, centred, squares, total)
  return sum / (rows * columns)
}

/** The index of the nearest centroid of every map. |a|² is the same for all of them and left out. */
async function nearestCentroid(map: Tensor, centroids: Tensor): Promise<Int32Array> {
  const lengths = rowDot(centroids, centroids)
  const products = matmul(map, centroids, { transposeB: true, alpha: -2 })
  const distances = add(products, lengths)
  const nearest = reduce(distances, 'argmin')
  const members = await nearest.ints()
  release(lengths, products, distances, nearest)
  return members
}

/** Means of the clusters; an empty cluster keeps its centroid. */
function clusterMeans(map: Tensor, members: Int32Array, centroids: Tensor): Tensor {
  const count = centroids.shape[0]
  const sizes = new Float64Array(count)
  for (const m of members) sizes[m]++
  const weights = new Float32Array(count * members.length)
  members.forEach((m, i) => {
    weights[m * members.length + i] = 1 / sizes[m]
  })
  const membership = Tensor.from(map.backend, weights, [count, members.length], 'clusters')
  const means = matmul(membership, map)
  membership.dispose()
  if (!sizes.includes(0)) return means
  const empty = Tensor.from(
    map.backend,
    Float32Array.from(sizes, (s) => (s === 0 ? 1 : 0)),
    [count, 1],
    'empty clusters',
  )
  const old = multiply(centroids, empty)
  const all = add(means, old)
  release(means, empty, old)
  return all
}

async function squaredDistance(a: Tensor, b: Tensor): Promise<number> {
  const difference = add(a, b, 1, -1)
  const squares = rowDot(difference, difference)
  const total = reduce(squares, 'sum')
  const [sum] = await total.floats()
  release(difference, squares, total)
  return sum
}
