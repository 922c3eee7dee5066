/**
 * @file The mask of clicks and of a box: what the first click, or the box, chooses among the
 * candidates around it, corrected by each further click in turn.
 */
import type { Candidate } from '../candidates/candidate.ts'
import { chooseExpected } from '../choice.ts'
import { type Look, looksAt } from '../features/look.ts'
import { PIXELS } from '../square.ts'
import { boxCut, boxShare, leavesBox, middleOf } from './box.ts'
import { candidatesAround, LEAST_AREA } from './candidates.ts'
import { changedAround, corrected } from './correction.ts'
import { partAt } from './flood.ts'
import { type Ground, remember } from './ground.ts'
import { clickScore, TEMPERATURE } from './score.ts'
import type { Seeds } from './seeds.ts'

/** The largest candidate, as a share of the field; chosen on development pictures. */
const MOST_AREA = 0.8
/** Weight of how well a candidate fills its box (docs/masks.md). */
const BOX_FIT = 0.5

/**
 * 1 inside, 0 outside, one a pixel of the square; every point is inside, and no background point
 * that is not a point as well.
 *
 * Points count in their order, and background points in theirs. Which came first of the two kinds
 * is told by the mask: people click where it is wrong.
 */
export async function clickMask(ground: Ground, { points, background, box }: Seeds): Promise<Uint8Array> {
  const first = points[0] ?? middleOf(box!)
  let mask = await answered(ground, `${first}`, box, () => firstMask(ground, first, box))
  let [taken, refused] = [1, 0]
  for (let before = 0; taken < points.length || refused < background.length; before++) {
    const missed = mask[points[taken]] === 0
    const wrong = refused < background.length && mask[background[refused]] !== 0
    const inside = !wrong && (missed || refused === background.length)
    const click = inside ? points[taken++] : background[refused++]
    const known = { points: points.slice(0, taken), background: background.slice(0, refused), box }
    const last = mask
    const key = `${known.points}-${known.background}`
    mask = await answered(ground, key, box, () => corrected(ground, last, { click, inside, first, before, ...known }))
  }
  return mask
}

/** Answers of a few clicks without a box are kept: the next question mostly adds one to them. */
async function answered(ground: Ground, key: string, box: Uint8Array | undefined, ask: () => Promise<Uint8Array>): Promise<Uint8Array> {
  if (box) return ask()
  const found = ground.answers.get(key) ?? (await ask())
  remember(ground.answers, key, found)
  return found
}

/** What one click, or the middle of a box, chooses. */
async function firstMask(ground: Ground, click: number, box?: Uint8Array): Promise<Uint8Array> {
  const found = await candidatesAround(ground, click)
  const pool = box ? [...found, ...boxCut(ground.scene, box)].flatMap((candidate) => withinBox(candidate, click, box)) : found
  const looks = looksAt(pool, ground.scene, LEAST_AREA, MOST_AREA)
  const inBox = (look: Look) => (box ? BOX_FIT * boxShare(look.mask, box) : 0)
  const scores = looks.map((look) => clickScore(ground, look, click) + inBox(look))
  const choice = chooseExpected(looks, scores, TEMPERATURE)
  return choice
    ? looks[choice.index].mask
    : changedAround(new Uint8Array(PIXELS), { click, inside: true, first: click, before: 0, points: [], background: [], box })
}

/** A candidate as far as a box allows it: itself, or its part in the box. */
function withinBox(candidate: Candidate, click: number, box: Uint8Array): Candidate[] {
  const { mask, name } = candidate
  if (!leavesBox(mask, box)) return [candidate]
  const part = partAt(
    mask.map((value, i) => value & box[i]),
    click,
  )
  return part ? [{ name, mask: part }] : []
}
