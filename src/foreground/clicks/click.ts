/**
 * @file The mask of clicks and of a box: candidates around each click, what contradicts the other
 * clicks left out, and of the rest the one with most expected Dice.
 */

import { packBits } from '../bits.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { chooseExpected } from '../choice.ts'
import { histogram } from '../features/colours.ts'
import { type Look, looksAt } from '../features/look.ts'
import { PIXELS, SIDE } from '../square.ts'
import { clickCandidates } from './candidates.ts'
import { geodesic } from './distances.ts'
import { partAt } from './flood.ts'
import type { Ground } from './ground.ts'
import { clickScore } from './score.ts'

// Chosen on development pictures (docs/masks.md).
/** Differences of scores at which one candidate is e times as likely as another. */
const TEMPERATURE = 0.03
/** Pixels of a candidate, and the largest share of the field. */
const LEAST_AREA = 12
const MOST_AREA = 0.8
/** Where nothing is left to choose from, so many pixels around the click. */
const SMALLEST = 3

/** Pixels of the square. */
export interface Seeds {
  /** At least one. */
  points: readonly number[]
  background: readonly number[]
  /** 1 where the mask may be. */
  within: Uint8Array
}

/** 1 inside, 0 outside, one a pixel of the square. Every point is inside, unless it is background. */
export async function clickMask(ground: Ground, seeds: Seeds): Promise<Uint8Array> {
  const mask = new Uint8Array(PIXELS)
  for (const click of seeds.points) {
    if (mask[click] !== 0) continue
    const part = await maskOfClick(ground, click, seeds)
    for (let i = 0; i < PIXELS; i++) mask[i] |= part[i]
  }
  return mask
}

async function maskOfClick(ground: Ground, click: number, { points, background, within }: Seeds): Promise<Uint8Array> {
  const { scene } = ground
  const field = scene.field[click] === 1 ? scene.field : new Uint8Array(PIXELS).fill(1)
  const own = territory(ground, points, background)
  const pool = (await clickCandidates(ground, click, field)).flatMap((candidate) => allowed(candidate, click, background, own, within))
  const looks = looksAt(pool, scene, LEAST_AREA, MOST_AREA)
  const most = Math.max(0, ...looks.map((look) => held(look, points)))
  const rivals = looks.filter((look) => held(look, points) === most)
  const occurring = histogram(packBits(scene.field), scene.colours)
  const scores = rivals.map((look) => clickScore(ground, look, points, occurring))
  const choice = chooseExpected(rivals, scores, TEMPERATURE)
  return choice ? rivals[choice.index].mask : aroundClick(click, own, within)
}

const held = ({ mask }: Look, points: readonly number[]) => points.reduce((sum, i) => sum + mask[i], 0)

/** 1 for pixels that are nearer to a point than to a background point, by colour along the way. */
function territory(ground: Ground, points: readonly number[], background: readonly number[]): Uint8Array {
  const [near, far] = [geodesic(ground, points), geodesic(ground, background)]
  return Uint8Array.from(near, (distance, i) => (distance < far[i] ? 1 : 0))
}

/** A candidate as far as it may be: itself, its part of the box, of the click's territory. */
function allowed(candidate: Candidate, click: number, background: readonly number[], own: Uint8Array, within: Uint8Array): Candidate[] {
  const { mask, name } = candidate
  const leaves = mask.some((value, i) => value > within[i])
  const wrong = background.some((i) => mask[i] !== 0)
  if (!leaves && !wrong) return [candidate]
  const part = partAt(
    mask.map((value, i) => value & within[i] & (wrong ? own[i] : 1)),
    click,
  )
  return part && !background.some((i) => part[i] !== 0) ? [{ name, mask: part }] : []
}

function aroundClick(click: number, own: Uint8Array, within: Uint8Array): Uint8Array {
  const [cx, cy] = [click % SIDE, Math.floor(click / SIDE)]
  return own.map((value, i) => {
    const near = Math.hypot((i % SIDE) - cx, Math.floor(i / SIDE) - cy) < SMALLEST
    return i === click || (near && value === 1 && within[i] === 1) ? 1 : 0
  })
}
