import type { Mask } from '../pixels/mask.ts'
import type { LabelMap } from './classes.ts'

/** Something that chooses among a result's parts by the answer. */
export interface Oracle {
  name: 'polarity' | 'hungarian' | 'subset'
  help: string
}

/** The result or its complement, whichever has the larger Dice. */
export function betterPolarity(_truth: Mask, _result: Mask): Mask {
  throw new Error('to come')
}

/** The pair of segments, one for inside and one for outside, that agrees with the truth best. */
export function hungarianTwoClass(_truth: Mask, _segments: LabelMap): Mask {
  throw new Error('to come')
}

/** The union of segments with the largest Dice. */
export function bestSubset(_truth: Mask, _segments: LabelMap): Mask {
  throw new Error('to come')
}
