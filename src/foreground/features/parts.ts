/** @file Of how many parts a candidate is made. */
import { partsOf } from '../parts.ts'
import type { Look } from './look.ts'

/**
 * `largest`: the share of its pixels that belong to its largest part, 0 to 1; `logCount`: the
 * logarithm of the number of parts. Parts touch along sides or at corners.
 */
export function partFeatures({ mask, area }: Look): { largest: number; logCount: number } {
  const { areas } = partsOf(mask, 8)
  return { largest: Math.max(0, ...areas) / Math.max(1, area), logCount: Math.log(Math.max(1, areas.length)) }
}
