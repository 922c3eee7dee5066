/**
 * @file Where the proposals of a round of DiffSeg's merging stand in its tree. Below the round's
 * threshold a proposal ends where it joined the founder of its group. Above it the founders end
 * where each would be the next to join an earlier one, were the threshold raised and everything
 * else as it is.
 */
import type { MergeRound } from 'adzus'

export interface Leaf {
  /** Its index in the round before. */
  proposal: number
  group: number
  founder: boolean
  /** The divergence at which it ends; Infinity for the first founder, which nobody is before. */
  height: number
  /** Whom it joins there. */
  parent?: number
  /** How many further groups it is a member of: DiffSeg's groups may overlap. */
  others: number
}

/**
 * The leaves from left to right: groups one after another, each beside the one that its founder
 * would join; a group's founder first, then its members by their divergence.
 */
export function layoutRound({ groups, divergences }: Pick<MergeRound, 'groups' | 'divergences'>): Leaf[] {
  const count = Math.sqrt(divergences.length)
  const founders = groups.map(([founder]) => founder.proposal)
  const isFounder = new Set(founders)
  const joins = founders.map((_, g) => nextJoin(g, founders, (a, b) => divergences[a * count + b]))
  // `heights` of earlier founders are needed by later ones, so they are made in order.
  const heights: number[] = []
  const parents: (number | undefined)[] = []
  for (const join of joins) {
    const { height, parent } = join(heights)
    heights.push(height)
    parents.push(parent)
  }
  const memberships = new Uint32Array(count)
  for (const group of groups) for (const { proposal } of group) memberships[proposal]++
  const seen = new Set<number>()
  return orderOf(parents, heights).flatMap((g) => {
    const [founder, ...members] = groups[g]
    const own = members
      .filter(({ proposal }) => !seen.has(proposal) && !isFounder.has(proposal))
      .sort((a, b) => a.divergence - b.divergence)
    for (const { proposal } of own) seen.add(proposal)
    const parent = parents[g]
    const first: Leaf = {
      proposal: founder.proposal,
      group: g,
      founder: true,
      height: heights[g],
      ...(parent !== undefined && { parent: founders[parent] }),
      others: memberships[founder.proposal] - 1,
    }
    const rest = own.map(({ proposal, divergence }) => ({
      ...{ proposal, group: g, founder: false, height: divergence, parent: founder.proposal },
      others: memberships[proposal] - 1,
    }))
    return [first, ...rest]
  })
}

/** At which threshold the founder of a group would join an earlier one that still is a founder. */
function nextJoin(group: number, founders: readonly number[], between: (a: number, b: number) => number) {
  return (heights: readonly number[]): { height: number; parent?: number } => {
    let [height, parent]: [number, number | undefined] = [Number.POSITIVE_INFINITY, undefined]
    for (let earlier = 0; earlier < group; earlier++) {
      const divergence = between(founders[earlier], founders[group])
      if (divergence < height && divergence < heights[earlier]) [height, parent] = [divergence, earlier]
    }
    return parent === undefined ? { height } : { height, parent }
  }
}

/** Groups so that lines do not cross: behind each the groups that join it, the highest last. */
function orderOf(parents: readonly (number | undefined)[], heights: readonly number[]): number[] {
  const children = new Map<number | undefined, number[]>()
  for (const [g, parent] of parents.entries()) children.set(parent, [...(children.get(parent) ?? []), g])
  const order: number[] = []
  const waiting = [...(children.get(undefined) ?? [])].reverse()
  for (let g = waiting.pop(); g !== undefined; g = waiting.pop()) {
    order.push(g)
    // The last that is put here comes first.
    waiting.push(...(children.get(g) ?? []).sort((a, b) => heights[b] - heights[a]))
  }
  return order
}

/** Of every proposal of a round the id of the segment that its first group became; 0 for none. */
export function segmentsOf(rounds: readonly Pick<MergeRound, 'groups'>[], last: readonly number[]): number[][] {
  const known: number[][] = []
  let next = last
  for (const { groups } of [...rounds].reverse()) {
    const own: number[] = []
    for (const [g, group] of groups.entries()) for (const { proposal } of group) own[proposal] ??= next[g] ?? 0
    known.unshift(own)
    next = own
  }
  return known
}

/** Divergences as places along an axis: their root, since most are small. */
export interface Scale {
  /** The divergence at its end. */
  most: number
  /** 0 for divergence 0, 1 at the end. */
  place(divergence: number): number
  divergence(place: number): number
}

/**
 * A scale that holds what joins below the threshold, and what would join above it.
 * @param most it reaches at least so far
 */
export function scaleOf(leaves: readonly Leaf[], most: number): Scale {
  const heights = leaves.map(({ height }) => height).filter(Number.isFinite)
  const end = 1.1 * heights.reduce((a, b) => Math.max(a, b), most)
  return {
    most: end,
    place: (divergence) => Math.sqrt(Math.max(0, Math.min(divergence, end)) / end),
    divergence: (place) => end * Math.max(0, Math.min(1, place)) ** 2,
  }
}
