/**
 * @file DiffSeg's iterative merging (arXiv 2308.12469, §3.3): from the aggregated map to a few
 * proposals, each a mean of attention maps.
 *
 * Round 0: every anchor is joined by all maps within the first threshold of it; their mean is a
 * proposal. Later rounds: proposals are taken in order; one that is not yet part of a group founds
 * the next, which averages all proposals (even grouped ones) within the round's threshold of it.
 * Products, divergences and means stay on the device; only the small table of divergences between
 * proposals comes back.
 */

import type { BandedMap } from '../../attention/banded-map.ts'
import { checkFinite, deviceHint } from '../../attention/finite.ts'
import { check } from '../../errors.ts'
import {
  add,
  concat,
  divergence,
  divide,
  full,
  type Grid,
  gatherRows,
  less,
  matmul,
  multiply,
  reduce,
  release,
  sumSelectedRows,
  Tensor,
} from '../../tensor/index.ts'
import { anchorGrid } from './anchors.ts'

export interface MergeOptions {
  /** One threshold a round, each > 0; Infinity merges everything. */
  thresholds: readonly number[]
  /** Anchors a side. */
  anchors: number
}

/** The largest threshold that means something: f32 kernels know no infinity. */
const HUGE = 1e30

/** Who was merged with whom. */
export interface MergeTree {
  /** Of every proposal of the first round its anchor, by index into the grid's cells. */
  anchors: number[]
  /**
   * The divergences between the proposals of the first round: [anchors, anchors], row-major, so
   * that `greedyGroups` tells what other thresholds of the second round would join.
   */
  divergences: Float32Array
  /** The later rounds, in order. */
  rounds: MergeRound[]
}

/** A round of merging. */
export interface MergeRound {
  /** The divergence below which proposals joined. */
  threshold: number
  /** Between the proposals of the round before, as in `MergeTree`. */
  divergences: Float32Array
  /** The members of every new proposal. The first is its founder. */
  groups: MergeMember[][]
}

/** A proposal that joined a group. */
export interface MergeMember {
  /** Its index in the round before. */
  proposal: number
  /** From the founder. */
  divergence: number
}

/**
 * The aggregated map [n, n] → proposals [m, n], which the caller disposes.
 * @param tree filled in with how they came about, if there is one
 */
export async function merge(map: BandedMap, { thresholds, anchors: side }: MergeOptions, tree?: MergeTree): Promise<Tensor> {
  check(thresholds.length > 0 && thresholds.every((t) => t > 0), () => ({
    what: 'merging: thresholds',
    expected: 'one number above 0 a round',
    got: `[${thresholds.join(', ')}]`,
    hint: 'A divergence is never below 0, so 0 would exclude even the anchor itself.',
  }))
  const [first, ...later] = thresholds.map((t) => Math.min(t, HUGE))
  const anchors = anchorGrid(map.grid, side)
  tree?.anchors.push(...anchors)
  let proposals = await anchorRound(map, anchors, first)
  if (tree) tree.divergences = await divergences(proposals, map.grid)
  for (const threshold of later) {
    const next = await greedyRound(proposals, map.grid, threshold, tree)
    proposals.dispose()
    proposals = next
  }
  return proposals
}

async function anchorRound(map: BandedMap, anchors: Int32Array, threshold: number): Promise<Tensor> {
  const picked = gatherQueries(map, anchors)
  let sums = full(map.backend, picked.shape, 0, 'sums of near maps')
  let counts = full(map.backend, [anchors.length], 0, 'numbers of near maps')
  for (const band of map.bands) {
    const distances = divergence(picked, band.map, map.grid, threshold)
    const near = less(distances, threshold)
    const members = reduce(near, 'sum')
    const next = { sums: sumSelectedRows(near, band.map, sums), counts: add(counts, members) }
    release(distances, near, members, sums, counts)
    sums = next.sums
    counts = next.counts
  }
  // An anchor is within any threshold of itself; rounding may deny that to one far below 1e-6.
  const column = counts.reshape([anchors.length, 1])
  const alone = less(column, 0.5)
  const own = multiply(picked, alone)
  const allSums = add(sums, own)
  const allCounts = add(column, alone)
  const means = divide(allSums, allCounts)
  release(picked, sums, counts, column, alone, own, allSums, allCounts)
  return means
}

/** The maps of some queries, which rise: [queries, n]. */
function gatherQueries(map: BandedMap, queries: Int32Array): Tensor {
  let all: Tensor | undefined
  for (const band of map.bands) {
    const first = map.firstQuery(band)
    const own = queries.filter((q) => q >= first && q < first + band.map.shape[0]).map((q) => q - first)
    if (own.length === 0) continue
    const rows = gatherRows(band.map, own)
    const joined = all ? concat(all, rows, 0) : rows
    if (all) release(all, rows)
    all = joined
  }
  return all!
}

async function greedyRound(proposals: Tensor, grid: Grid, threshold: number, tree?: MergeTree): Promise<Tensor> {
  const count = proposals.shape[0]
  // The first of the later rounds has been measured for the tree already.
  const known = tree?.rounds.length === 0 ? tree.divergences : undefined
  // Where only the side of a threshold matters, divergences far from it may be estimates.
  const table = known ?? (await divergences(proposals, grid, tree ? undefined : threshold))
  const groups = greedyGroups(table, count, threshold)
  tree?.rounds.push({ threshold, divergences: table, groups: groups.map((group) => membersOf(group, table, count)) })
  // Means as a matrix product: 1/size where a proposal belongs to a group.
  const weights = new Float32Array(groups.length * count)
  groups.forEach(({ members }, g) => {
    for (const i of members) weights[g * count + i] = 1 / members.length
  })
  const membership = Tensor.from(proposals.backend, weights, [groups.length, count], 'groups')
  const merged = matmul(membership, proposals)
  membership.dispose()
  return merged
}

/** Between all proposals: [proposals, proposals]. */
async function divergences(proposals: Tensor, grid: Grid, threshold?: number): Promise<Float32Array> {
  const distances = divergence(proposals, proposals, grid, threshold)
  const table = await distances.floats()
  distances.dispose()
  checkFinite(table, { stage: 'group', what: 'divergences', hint: deviceHint() })
  return table
}

/** The members of a group, its founder first, with their divergences from it. */
function membersOf({ founder, members }: Group, table: ArrayLike<number>, count: number): MergeMember[] {
  const others = members.filter((proposal) => proposal !== founder)
  return [founder, ...others].map((proposal) => ({ proposal, divergence: proposal === founder ? 0 : table[founder * count + proposal] }))
}

/** Indices that are averaged, in order, and the one among them that the others are near to. */
export interface Group {
  founder: number
  members: number[]
}

/**
 * A round of DiffSeg's merging (arXiv 2308.12469, §3.3) by a table of divergences: indices are
 * taken in order, and one that is in no group yet founds the next, of all that are nearer to it
 * than the threshold, also those that are in a group.
 * @param table [count, count], row-major
 * @param threshold above 0; what is as far away does not join
 * @example
 * const { anchors, divergences } = await view.merges()
 * const groups = greedyGroups(divergences, anchors.length, 0.4)
 */
export function greedyGroups(table: ArrayLike<number>, count: number, threshold: number): Group[] {
  const grouped = new Uint8Array(count)
  const groups: Group[] = []
  for (let founder = 0; founder < count; founder++) {
    if (grouped[founder]) continue
    const members: number[] = []
    for (let j = 0; j < count; j++) if (j === founder || table[founder * count + j] < threshold) members.push(j)
    for (const j of members) grouped[j] = 1
    groups.push({ founder, members })
  }
  return groups
}
