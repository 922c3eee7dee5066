/**
 * @file The mask of clicks and of a box: candidates around each click, what contradicts the other
 * clicks left out, and of the rest the one with most expected Dice.
 */

import { grabCut } from '../../pixels/grab-cut.ts'
import { boundingBox } from '../../pixels/mask.ts'
import { MAYBE_INSIDE, OUTSIDE } from '../../pixels/trimap.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { chooseExpected } from '../choice.ts'
import { type Look, looksAt } from '../features/look.ts'
import { filledPart, partsOf } from '../parts.ts'
import { PIXELS, SIDE } from '../square.ts'
import { clickCandidates, LEAST_AREA } from './candidates.ts'
import { geodesic } from './distances.ts'
import { partAt } from './flood.ts'
import type { Ground } from './ground.ts'
import { clickScore } from './score.ts'

// Chosen on development pictures (docs/masks.md).
/** Differences of scores at which one candidate is e times as likely as another. */
const TEMPERATURE = 0.03
/** The largest candidate, as a share of the field. */
const MOST_AREA = 0.8
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

/** 1 inside, 0 outside, one a pixel of the square. Every point is inside, unless it is background. */
export async function clickMask(ground: Ground, seeds: Seeds): Promise<Uint8Array> {
  const mask = new Uint8Array(PIXELS)
  for (const click of seeds.points.length > 0 ? seeds.points : [middleOf(seeds.box!)]) {
    if (mask[click] !== 0) continue
    const part = await maskOfClick(ground, click, seeds)
    for (let i = 0; i < PIXELS; i++) mask[i] |= part[i]
  }
  return mask
}

async function maskOfClick(ground: Ground, click: number, { points, background, box }: Seeds): Promise<Uint8Array> {
  const { scene } = ground
  const field = scene.field[click] === 1 ? scene.field : new Uint8Array(PIXELS).fill(1)
  const own = territory(ground, [click, ...points], background)
  const candidates = await clickCandidates(ground, click, field)
  if (box) candidates.push(...boxCut(ground, box))
  const pool = candidates.flatMap((candidate) => allowed(candidate, click, background, own, box))
  const looks = looksAt(pool, scene, LEAST_AREA, MOST_AREA)
  const most = Math.max(0, ...looks.map((look) => held(look, points)))
  const rivals = looks.filter((look) => held(look, points) === most)
  const scores = rivals.map(
    (look) => clickScore(ground, look, points.length > 0 ? points : [click]) + (box ? BOX_FIT * boxShare(look, box) : 0),
  )
  const choice = chooseExpected(rivals, scores, TEMPERATURE)
  return choice ? rivals[choice.index].mask : aroundClick(click, own, box)
}

const held = ({ mask }: Look, points: readonly number[]) => points.reduce((sum, i) => sum + mask[i], 0)

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
