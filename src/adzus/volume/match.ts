/**
 * @file Which segments of neighbouring slices are one: those that overlap most, by intersection
 * over union, the best pair first (a greedy assignment). Of what is left over then, segments of
 * which one holds most of the other are one as well: towards its ends an organ changes fast. A
 * chain is what is matched from slice to slice; it may leave out one slice, where the segment was
 * missed.
 */

/** The least overlap of what is one thing. */
export const LEAST_IOU = 0.2
/** The least share of the smaller one, for what is left over. */
export const LEAST_HELD = 0.5

/** The segments of one slice. */
export interface Frame {
  /** Pixels of each segment, by its number; those without a number at 0. */
  areas: Float64Array
  /** Pixels shared with segments of the slice before, and of the one before that. */
  before: readonly Overlap[]
  earlier: readonly Overlap[]
}

/** So many pixels have number `a` in the slice before, and `b` in this one; neither is 0. */
export interface Overlap {
  a: number
  b: number
  pixels: number
}

/** What is one through the slices. */
export interface Chains {
  /** For each slice: the chain (from 0) of each number; −1 at 0 and where there is none. */
  of: Int32Array[]
  count: number
  /** Slices that a chain leaves out between two that have it. */
  gaps: { frame: number; chain: number }[]
}

/**
 * Counts what the segments of two slices share.
 * @param before numbers of the slice before, one a pixel; 0 is no segment
 */
export function overlapsOf(before: ArrayLike<number>, after: ArrayLike<number>): Overlap[] {
  const found = new Map<number, Overlap>()
  let last: Overlap | undefined
  for (let i = 0; i < after.length; i++) {
    const [a, b] = [before[i], after[i]]
    if (a === 0 || b === 0) continue
    if (last?.a !== a || last.b !== b) {
      const key = a * 65536 + b
      last = found.get(key) ?? { a, b, pixels: 0 }
      found.set(key, last)
    }
    last.pixels++
  }
  return [...found.values()]
}

/** Pixels of each number. */
export function areasOf(labels: ArrayLike<number>): Float64Array {
  let most = 0
  for (let i = 0; i < labels.length; i++) if (labels[i] > most) most = labels[i]
  const areas = new Float64Array(most + 1)
  for (let i = 0; i < labels.length; i++) areas[labels[i]]++
  return areas
}

/**
 * Joins segments to chains, slice after slice.
 * @param frames in the order of the slices
 * @param leastIou the least overlap (intersection over union) of what is one thing
 * @example
 * const { of, count } = chainsOf(frames)
 */
export function chainsOf(frames: readonly Frame[], leastIou = LEAST_IOU): Chains {
  const of: Int32Array[] = []
  const gaps: Chains['gaps'] = []
  let count = 0
  for (const [t, { areas, before, earlier }] of frames.entries()) {
    const own = new Int32Array(areas.length).fill(-1)
    of.push(own)
    const taken = new Set<number>()
    const join = (candidates: readonly Overlap[], back: number, measure = iou, least: number = leastIou) => {
      for (const { a, b } of ranked(candidates, frames[t - back].areas, areas, measure, least)) {
        const chain = of[t - back][a]
        if (own[b] >= 0 || taken.has(chain)) continue
        own[b] = chain
        taken.add(chain)
        if (back === 2) gaps.push({ frame: t - 1, chain })
      }
    }
    if (t > 0) {
      join(before, 1)
      join(before, 1, held, LEAST_HELD)
    }
    if (t > 1) {
      const there = new Set(of[t - 1])
      join(
        earlier.filter(({ a }) => !there.has(of[t - 2][a])),
        2,
      )
    }
    for (let b = 1; b < own.length; b++) if (own[b] < 0 && areas[b] > 0) own[b] = count++
  }
  return { of, count, gaps }
}

/** How much two segments overlap, of so many pixels each. */
type Measure = (pixels: number, before: number, after: number) => number

const iou: Measure = (pixels, before, after) => pixels / (before + after - pixels)
const held: Measure = (pixels, before, after) => pixels / Math.min(before, after)

/** Pairs that overlap enough, the best first; of equal ones the lower numbers. */
function ranked(pairs: readonly Overlap[], before: Float64Array, after: Float64Array, measure: Measure, least: number): Overlap[] {
  return pairs
    .map((pair) => ({ ...pair, overlap: measure(pair.pixels, before[pair.a], after[pair.b]) }))
    .filter(({ overlap }) => overlap >= least)
    .sort((p, q) => q.overlap - p.overlap || p.a - q.a || p.b - q.b)
}
