/** @file Of how many parts a candidate is made. */
import { components } from '../../pixels/components.ts'
import { SIDE } from '../square.ts'
import type { Look } from './look.ts'

/**
 * `largest`: the share of its pixels that belong to its largest part, 0 to 1; `logCount`: the
 * logarithm of the number of parts. Parts touch along sides or at corners.
 */
export function partsOf({ mask, area }: Look): { largest: number; logCount: number } {
  const { count, areas } = components({ width: SIDE, height: SIDE, data: mask }, 8)
  return { largest: Math.max(0, ...areas.subarray(1)) / Math.max(1, area), logCount: Math.log(Math.max(1, count)) }
}
