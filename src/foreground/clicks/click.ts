/**
 * @file The mask of clicks and of a box: candidates around each click, what contradicts the other
 * clicks left out, and of the rest the one with most expected Dice.
 */

import { grabCut } from '../../pixels/grab-cut.ts'
import { boundingBox } from '../../pixels/mask.ts'
import { MAYBE_INSIDE, OUTSIDE } from '../../pixels/trimap.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { chooseExpected } from '../choice.ts'
import { dice } from '../features/agreement.ts'
import { type Look, looksAt } from '../features/look.ts'
import { filledPart, partsOf } from '../parts.ts'
import { PIXELS, SIDE } from '../square.ts'
import { clickCandidates, LEAST_AREA } from './candidates.ts'
import { geodesic } from './distances.ts'
import { partAt } from './flood.ts'
import type { Ground } from './ground.ts'
import { clickScore } from './score.ts'

// Chosen on development pictures.
/** Differences of scores at which one candidate is e times as likely as another. */
const TEMPERATURE = 0.03
/** The largest candidate, as a share of the field. */
const MOST_AREA = 0.8
// These three were set by hand, on eight pictures at most.
/** By so much less may a common candidate score: who clicks again mostly means the same object. */
const TOGETHER = 0.1
/** Weight of the Dice with what the first click alone chooses. */
const LIKE_FIRST = 0.3
/** Weight of how well a candidate fills its box. */
const BOX_FIT = 0.5
/** Where nothing is left to choose from, so many pixels around the click. */
const SMALLEST = 3

/** Pixels of the square. */
export interface Seeds {
  /** At least one, unless there is a box. */
  points: readonly number[]
  background: readonly number[]
  /** 1 where the mask may be, a rectangle; default: everywhere. */
  box?: Uint8Array
}

/** What was chosen of some candidates. */
interface Best {
  mask: Uint8Array
  score: number
}

/**
 * 1 inside, 0 outside, one a pixel of the square; every point is inside. Several points have a
 * candidate in common, or each its own, whichever scores higher.
 */
export async function clickMask(ground: Ground, seeds: Seeds): Promise<Uint8Array> {
  const points = seeds.points.length > 0 ? [...new Set(seeds.points)] : [middleOf(seeds.box!)]
  const own = seeds.background.length > 0 ? territory(ground, points, seeds.background) : new Uint8Array(PIXELS).fill(1)
  const pools: Look[][] = []
  for (const click of points) pools.push(await looksOf(ground, click, { ...seeds, own }))
  const alone = points.length + seeds.background.length > 1 ? await firstLook(ground, points[0]) : undefined
  const best = (looks: Look[], clicks: readonly number[]): Best | undefined => {
    const scores = looks.map((look) => {
      const likeFirst = alone ? LIKE_FIRST * dice(look, alone) : 0
      return clickScore(ground, look, clicks) + likeFirst + (seeds.box ? BOX_FIT * boxShare(look, seeds.box) : 0)
    })
    const choice = chooseExpected(looks, scores, TEMPERATURE)
    return choice && { mask: looks[choice.index].mask, score: choice.score }
  }
  const each = points.map((click, i) => best(pools[i], [click]) ?? { mask: aroundClick(click, own, seeds.box), score: 0 })
  if (points.length === 1) return each[0].mask
  const common = pools.flat().filter(({ mask }) => points.every((i) => mask[i] !== 0))
  const together = best(common, points)
  const apart = each.reduce((sum, { score }) => sum + score, 0) / each.length
  if (together && together.score + TOGETHER > apart) return together.mask
  return each[0].mask.map((_, i) => (each.some(({ mask }) => mask[i] !== 0) ? 1 : 0))
}

/** What the first click alone would choose: later ones mostly correct that. */
async function firstLook(ground: Ground, click: number): Promise<Look | undefined> {
  const looks = await looksOf(ground, click, { points: [click], background: [], own: new Uint8Array(PIXELS) })
  const choice = chooseExpected(
    looks,
    looks.map((look) => clickScore(ground, look, [click])),
    TEMPERATURE,
  )
  return choice && looks[choice.index]
}

/** The candidates of one click, as far as the other clicks and the box allow them. */
async function looksOf(ground: Ground, click: number, { background, box, own }: Seeds & { own: Uint8Array }): Promise<Look[]> {
  const { scene } = ground
  const field = scene.field[click] === 1 ? scene.field : new Uint8Array(PIXELS).fill(1)
  const candidates = [...(await clickCandidates(ground, click, field)), ...(box ? boxCut(ground, box) : [])]
  const pool = candidates.flatMap((candidate) => allowed(candidate, click, background, own, box))
  return looksAt(pool, scene, LEAST_AREA, MOST_AREA)
}

/** 1 for pixels that are nearer to a point than to a background point, by colour along the way. */
function territory(ground: Ground, points: readonly number[], background: readonly number[]): Uint8Array {
  const [near, far] = [geodesic(ground, points), geodesic(ground, background)]
  return Uint8Array.from(near, (distance, i) => (distance < far[i] ? 1 : 0))
}

/** A candidate as far as it may be: itself, its part of the box, of the click's territory. */
function allowed(candidate: Candidate, click: number, background: readonly number[], own: Uint8Array, box?: Uint8Array): Candidate[] {
  const { mask, name } = candidate
  const leaves = box !== undefined && leavesBox(mask, box)
  const wrong = background.some((i) => mask[i] !== 0)
  if (!leaves && !wrong) return [candidate]
  const part = partAt(
    mask.map((value, i) => (value !== 0 && box?.[i] !== 0 && (!wrong || own[i] === 1) ? 1 : 0)),
    click,
  )
  return part && !background.some((i) => part[i] !== 0) ? [{ name, mask: part }] : []
}

/** The middle pixel of a box. */
function middleOf(box: Uint8Array): number {
  const [first, last] = [box.indexOf(1), box.lastIndexOf(1)]
  const middle = (a: number, b: number) => Math.floor((a + b) / 2)
  return middle(Math.floor(first / SIDE), Math.floor(last / SIDE)) * SIDE + middle(first % SIDE, last % SIDE)
}

/** GrabCut from a rectangle (Rother et al. 2004, §4): outside of it is background. */
function boxCut({ scene: { small } }: Ground, box: Uint8Array): Candidate[] {
  const mask = grabCut(
    small,
    box.map((own) => (own === 1 ? MAYBE_INSIDE : OUTSIDE)),
  )
  const parts = partsOf(mask, 4)
  const largest = parts.areas.indexOf(Math.max(...parts.areas))
  return largest < 0 ? [] : [{ name: 'box', mask: filledPart(parts, largest) }]
}

/** How much of the box the box around a candidate takes, 0 to 1: people draw them tight. */
function boxShare({ mask }: Look, box: Uint8Array): number {
  const area = (data: Uint8Array) => {
    const { width, height } = boundingBox({ width: SIDE, height: SIDE, data })!
    return width * height
  }
  return area(mask) / area(box)
}

function leavesBox(mask: Uint8Array, box: Uint8Array): boolean {
  for (let i = 0; i < PIXELS; i++) if (mask[i] !== 0 && box[i] === 0) return true
  return false
}

function aroundClick(click: number, own: Uint8Array, box?: Uint8Array): Uint8Array {
  const [cx, cy] = [click % SIDE, Math.floor(click / SIDE)]
  return own.map((value, i) => {
    const near = Math.hypot((i % SIDE) - cx, Math.floor(i / SIDE) - cy) < SMALLEST
    return i === click || (near && value === 1 && box?.[i] !== 0) ? 1 : 0
  })
}
