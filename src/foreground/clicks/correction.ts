/**
 * @file A further click corrects the mask where it disagrees: one connected part around the click
 * is added to the mask, or taken from it, and nothing else changes.
 *
 * What may change are the differences between the mask and the candidates. Each is scored by what
 * the whole mask would be like afterwards, by how deep in the change the click lies (people click
 * in the middle of what is wrong), and by its size.
 */
import type { Candidate } from '../candidates/candidate.ts'
import { chooseExpected } from '../choice.ts'
import { type Look, looksAt } from '../features/look.ts'
import { PIXELS, SIDE } from '../square.ts'
import { candidatesAround } from './candidates.ts'
import { depthShare } from './depth.ts'
import { partAt } from './flood.ts'
import type { Ground } from './ground.ts'
import { clickScore, TEMPERATURE } from './score.ts'
import type { Seeds } from './seeds.ts'

// Chosen on development pictures by leaving one set out (docs/masks.md).
/** Weight of how deep in the change the click lies, as a share of its deepest place. */
const DEPTH = 0.45
/** Weight of the squared logarithm of the change's area, as a share of the mask's. */
const SIZE = 0.01
/** Weight of that share itself, for each click between the first and this: less is left to do. */
const LATER = 0.1
/** Pixels of a change, at least. */
const LEAST_CHANGE = 8
/** Where nothing is left to choose from, so many pixels around the click change. */
const SMALLEST = 3

/** A click and those before it, itself among them. */
interface Correction extends Seeds {
  click: number
  /** Whether the click is on the object, or on background. */
  inside: boolean
  /** The click that the mask began with. */
  first: number
  /** How many clicks came between the two. */
  before: number
}

/** A mask as it may become. */
interface Result extends Candidate {
  /** The part that changes. */
  change: Look
}

/** The mask with the click's part added or taken away; itself where it agrees with the click. */
export async function corrected(ground: Ground, mask: Uint8Array, correction: Correction): Promise<Uint8Array> {
  const { click, inside, first, points } = correction
  if ((mask[click] !== 0) === inside) return mask
  const changes: Candidate[] = []
  for (const from of new Set([click, ...points]))
    for (const { name, mask: other } of await candidatesAround(ground, from)) {
      const change = changeTo(mask, other, correction)
      if (change) changes.push({ name, mask: change })
    }
  const possible = looksAt(changes, ground.scene, LEAST_CHANGE, 1).map(
    (change): Result => ({ name: change.name, mask: mask.map((own, i) => own ^ change.mask[i]), change }),
  )
  const looks = looksAt(possible, ground.scene, 1, 1)
  const area = Math.max(
    1,
    mask.reduce((sum, own) => sum + own, 0),
  )
  const scores = looks.map((look) => clickScore(ground, look, first) + changeScore(look.change, click, area, correction.before))
  const choice = chooseExpected(looks, scores, TEMPERATURE)
  return choice ? looks[choice.index].mask : changedAround(mask, correction)
}

/**
 * The part around the click where a mask and a candidate differ, or, to take away what the
 * candidate holds, where they agree: 1, others 0. Nothing where there is none, where it would
 * change what an earlier click has said, or where it leaves the box.
 */
function changeTo(mask: Uint8Array, other: Uint8Array, { click, inside, points, background, box }: Correction): Uint8Array | undefined {
  const holds = other[click]
  if (inside && holds === 0) return undefined
  const free = inside ? 0 : 1
  const differs = new Uint8Array(PIXELS)
  for (let i = 0; i < PIXELS; i++) if (mask[i] === free && other[i] === holds && box?.[i] !== 0) differs[i] = 1
  const part = partAt(differs, click)
  if (!part) return undefined
  // Holes of the part are filled, where they are not as they should be already.
  for (let i = 0; i < PIXELS; i++) if (mask[i] !== free || box?.[i] === 0) part[i] = 0
  return (inside ? background : points).some((i) => part[i] !== 0) ? undefined : part
}

function changeScore({ mask, area }: Look, click: number, areaBefore: number, before: number): number {
  const share = area / areaBefore
  return DEPTH * depthShare(mask, click) - SIZE * Math.log(share) ** 2 - LATER * before * share
}

/** A few pixels around the click change, as far as no click that forbids it is nearer. */
export function changedAround(mask: Uint8Array, { click, inside, points, background, box }: Correction): Uint8Array {
  const distance = (a: number, b: number) => Math.hypot((a % SIDE) - (b % SIDE), Math.floor(a / SIDE) - Math.floor(b / SIDE))
  const against = inside ? background : points
  return mask.map((own, i) => {
    const far = distance(i, click)
    const ours = far < SMALLEST && (i === click || box?.[i] !== 0) && against.every((other) => far < distance(i, other))
    return ours ? Number(inside) : own
  })
}
