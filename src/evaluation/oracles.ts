/**
 * @file Oracles: rules that choose among parts of a result by looking at the truth. They are bounds
 * of what a choice can do, never results, and are reported apart from them.
 */
import { type LabelMap, mustBeAlike } from '../pixels/label-map.ts'
import { type Mask, maskWhere } from '../pixels/mask.ts'
import { countPixels, diceOf } from './counts.ts'
import { overlaps } from './overlaps.ts'

/** Something that makes a mask of a picture's mask or segments by the truth. */
export interface Oracle {
  name: string
  /** What it does, in half a line. */
  help: string
  /** @param result the picture's mask and label map, both of the truth's size */
  mask(truth: Mask, result: { mask: Mask; segments: LabelMap }): Mask
}

/**
 * The mask or its complement, whichever has the larger Dice; the mask where they are equal.
 * @returns 255 inside, 0 outside
 * @throws AdzusError unless both are masks of one size
 */
export function betterPolarity(truth: Mask, result: Mask): Mask {
  mustBeAlike(truth, result)
  const [plain, turned] = [false, true].map((turn) => maskWhere(result, (value) => (value === 0) === turn))
  const [before, after] = [plain, turned].map((mask) => diceOf(countPixels(truth, mask)))
  return after > before ? turned : plain
}

/**
 * One segment stands for inside and another for outside, so that the most pixels are right
 * (Hungarian assignment to two classes, per picture, as DiffSeg and DiffCut evaluate); the mask is
 * the first of them. Of all other segments nothing is inside.
 * @returns 255 inside, 0 outside
 * @throws AdzusError unless they are a mask and a label map of one size
 */
export function hungarianTwoClass(truth: Mask, segments: LabelMap): Mask {
  const parts = shares(truth, segments)
  // With two classes, trying all pairs is the assignment: the best partner is one of two.
  const byOutside = [...parts].sort((a, b) => b.area - b.inside - (a.area - a.inside))
  let [best, most] = [byOutside[0], -1]
  for (const part of parts) {
    const other = byOutside[0] === part ? byOutside[1] : byOutside[0]
    const right = part.inside + (other ? other.area - other.inside : 0)
    if (right > most) [best, most] = [part, right]
  }
  // A single segment is inside or outside, whichever is more.
  const alone = parts.length === 1 && 2 * best.inside <= best.area
  return maskWhere(segments, (label) => !alone && label === best.label)
}

/**
 * The union of segments with the largest Dice. It takes segments by descending share inside the
 * truth: some prefix of that order is a best union, since Dice is a ratio of two sums
 * (Dinkelbach 1967).
 * @returns 255 inside, 0 outside; all 0 where the truth is empty
 * @throws AdzusError unless they are a mask and a label map of one size
 */
export function bestSubset(truth: Mask, segments: LabelMap): Mask {
  const parts = shares(truth, segments)
  const total = parts.reduce((sum, { inside }) => sum + inside, 0)
  const ranked = parts.toSorted((a, b) => b.inside / b.area - a.inside / a.area)
  const taken = new Set<number>()
  let [inside, area, best, length] = [0, 0, 0, 0]
  ranked.forEach((part, i) => {
    inside += part.inside
    area += part.area
    const dice = (2 * inside) / (total + area)
    if (dice > best) [best, length] = [dice, i + 1]
  })
  for (const { label } of ranked.slice(0, length)) taken.add(label)
  return maskWhere(segments, (label) => taken.has(label))
}

/** All oracles, in the order of reports. */
export const ORACLES: readonly Oracle[] = [
  { name: 'polarity', help: 'the mask or its complement', mask: (truth, { mask }) => betterPolarity(truth, mask) },
  {
    name: 'hungarian',
    help: 'the best single segment of a two-class assignment',
    mask: (truth, { segments }) => hungarianTwoClass(truth, segments),
  },
  { name: 'subset', help: 'the best union of whole segments', mask: (truth, { segments }) => bestSubset(truth, segments) },
]

interface Share {
  label: number
  area: number
  /** Pixels of it that are inside the truth. */
  inside: number
}

/** Every value of a label map with its pixels, 0 included. */
function shares(truth: Mask, segments: LabelMap): Share[] {
  const { inB, pairs } = overlaps(
    maskWhere(truth, (value) => value !== 0),
    segments,
  )
  const inside = new Map(pairs.filter(({ a }) => a !== 0).map(({ b, area }) => [b, area]))
  return [...inB].map(([label, area]) => ({ label, area, inside: inside.get(label) ?? 0 }))
}
