/**
 * @file Candidates of a click: parts around it, from level sets of colour, distance and attention,
 * and from GrabCuts that start with discs.
 */
import { cutRounds } from '../../pixels/grab-cut.ts'
import { INSIDE, MAYBE_INSIDE, MAYBE_OUTSIDE, OUTSIDE } from '../../pixels/trimap.ts'
import { fractions } from '../../pixels/upsample-mask.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { logScale } from '../chain.ts'
import { enlarge } from '../finish.ts'
import { PIXELS, SIDE, spreadCells } from '../square.ts'
import { geodesic, unlikeness } from './distances.ts'
import { filled, joined, partAt } from './flood.ts'
import { type Ground, type GroundChannel, remember } from './ground.ts'

// Chosen on development pictures (docs/masks.md).
/** Heights at which a channel is cut, from its end to the click's own. */
const LEVELS = 12
const [FIRST_LEVEL, LAST_LEVEL] = [0.04, 0.96]
/** Pixels of a candidate; and how much larger than the one before it is, at least. */
export const LEAST_AREA = 12
const LEAST_GROWTH = 1.02
/** Geodesic distances beyond are alike. */
const FARTHEST = 200
/** Radii of discs that GrabCut starts from, in pixels of the square. */
const RADII = [4, 7, 11, 18, 30]
/** From this radius on the picture is cut at half the size. */
const HALVED = 16
/** Pixels that Gaussians are learnt from, a side. */
const SAMPLES = 1000
/** Where a side of the start has fewer pixels, there is nothing to learn its colours from. */
const LEAST_START = 20
/** What a walk loses with each step: it stays near the click. */
const LEAK = 0.02

/** All parts around a click, holes filled; where it is beyond the field of view, of all of it. */
export async function candidatesAround(ground: Ground, click: number): Promise<Candidate[]> {
  const { field } = ground.scene
  const found =
    ground.known.get(click) ?? (await findCandidates(ground, click, field[click] === 1 ? field : new Uint8Array(PIXELS).fill(1)))
  remember(ground.known, click, found)
  return found
}

async function findCandidates(ground: Ground, click: number, field: Uint8Array): Promise<Candidate[]> {
  const near = [
    ...(await attentionFrom(ground, click)),
    { name: 'colour', values: unlikeness(ground, click).map((distance) => -distance) },
    { name: 'way', values: geodesic(ground, [click]).map((distance) => -Math.min(distance, FARTHEST)) },
  ]
  const least = (values: Float32Array) => values.reduce((low, value) => Math.min(low, value))
  const channels = [...near.map((channel) => ({ ...channel, low: least(channel.values) })), ...ground.channels]
  const levels = channels.flatMap((channel) => levelsAround(channel, field, click))
  return [...levels, ...discCuts(ground, click, field), ...partsOf(ground.cuts, click)]
}

/** Those of some masks that hold a click: the part around it. */
function partsOf(masks: readonly Candidate[], click: number): Candidate[] {
  return masks.flatMap(({ name, mask }) => {
    const part = partAt(mask, click)
    return part ? [{ name, mask: part }] : []
  })
}

/** What the click's cell attends to, and how often a walk from every cell comes by it. */
async function attentionFrom({ scene: { walk, grid, cells } }: Ground, click: number): Promise<{ name: string; values: Float32Array }[]> {
  const { h, w } = grid
  const cell = Math.floor((Math.floor(click / SIDE) * h) / SIDE) * w + Math.floor(((click % SIDE) * w) / SIDE)
  if (cells[cell] === 0) return []
  const seed = new Float32Array(h * w)
  seed[cell] = 1
  const [[visits], row] = await Promise.all([walk.visits([seed], walk.border, LEAK), walk.row(cell)])
  return [
    { name: 'walk', values: spreadCells(logScale(visits, walk.inside), grid) },
    { name: 'attention', values: spreadCells(row, grid) },
  ]
}

/** Around the click, what is nearer to its value than so many heights from the far end. */
export function levelsAround({ name, values, low: end }: GroundChannel, field: Uint8Array, click: number): Candidate[] {
  const low = Math.min(end, values[click])
  const range = values[click] - low
  if (!(range > 0)) return []
  const first = low + FIRST_LEVEL * range
  const steps = (LEVELS - 1) / (LAST_LEVEL - FIRST_LEVEL) / range
  const heights = new Uint8Array(PIXELS)
  for (let i = 0; i < PIXELS; i++) if (field[i] === 1 && values[i] > first) heights[i] = Math.min(LEVELS, (values[i] - first) * steps + 1)
  const levels = joined(heights, click, LEVELS)
  const counts = new Uint32Array(LEVELS + 1)
  for (let i = 0; i < PIXELS; i++) counts[levels[i]]++
  const whole = filled(levels)
  const found: Candidate[] = []
  for (let level = LEVELS, area = 0, last = 0; level > 0; level--) {
    area += counts[level]
    // What has hardly grown is the same part.
    if (area < LEAST_AREA || area < last * LEAST_GROWTH) continue
    last = area
    found.push({ name: `level ${name}`, mask: upFrom(whole, level) })
  }
  return found
}

/** 1 for pixels of a level or above, else 0. */
function upFrom(levels: Uint8Array, level: number): Uint8Array {
  const mask = new Uint8Array(PIXELS)
  const [from, to] = [levels, mask].map(({ buffer }) => new Uint32Array(buffer))
  // Four pixels at once: levels are small, so that the sum's top bit tells.
  const rest = (128 - level) * 0x01010101
  for (let i = 0; i < to.length; i++) to[i] = ((from[i] + rest) >>> 7) & 0x01010101
  return mask
}

/** GrabCuts: in a disc perhaps inside, in its middle surely, beyond twice the radius outside. */
function discCuts({ scene: { small }, half }: Ground, click: number, field: Uint8Array): Candidate[] {
  const started = RADII.flatMap((radius) => {
    // Large discs have long outlines, and need fewer pixels for them.
    const picture = radius < HALVED ? small : half
    const trimap = discTrimap(picture.width, click, radius, field)
    const inside = trimap.reduce((sum, value) => sum + (value === INSIDE || value === MAYBE_INSIDE ? 1 : 0), 0)
    if (Math.min(inside, trimap.length - inside) < LEAST_START) return []
    const { mask } = cutRounds(picture, trimap, undefined, { rounds: 2, gamma: 50, components: 5, seed: 0, most: SAMPLES })
    return [{ name: `disc ${radius}`, mask: picture === small ? mask : enlarge(fractions(mask), picture, small) }]
  })
  return partsOf(started, click)
}

/** @param side pixels a side of the picture that is cut, of which SIDE is a multiple */
function discTrimap(side: number, click: number, radius: number, field: Uint8Array): Uint8Array {
  const [cx, cy] = [click % SIDE, Math.floor(click / SIDE)]
  const scale = SIDE / side
  const trimap = new Uint8Array(side * side).fill(OUTSIDE)
  for (let y = 0, i = 0; y < side; y++)
    for (let x = 0; x < side; x++, i++) {
      const [px, py] = [(x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5]
      const distance = Math.hypot(px - cx, py - cy)
      if (field[Math.floor(py) * SIDE + Math.floor(px)] === 0 || distance >= 2 * radius) continue
      if (distance < Math.max(2, radius / 4)) trimap[i] = INSIDE
      else trimap[i] = distance < radius ? MAYBE_INSIDE : MAYBE_OUTSIDE
    }
  return trimap
}
