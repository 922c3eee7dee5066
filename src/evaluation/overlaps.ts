/** @file How the values of two label maps overlap: one pass over the pixels, memory by pairs. */
import { must } from '../arguments.ts'
import { eachRun, type LabelMap, mustBeAlike } from '../pixels/label-map.ts'

/** Pixels that have one value in the first map and another in the second. */
export interface Pair {
  a: number
  b: number
  area: number
}

export interface Overlaps {
  /** Pixels of each value, in the order of their first pixels. */
  inA: Map<number, number>
  inB: Map<number, number>
  /** Only pairs that share a pixel, in the order of their first pixels. */
  pairs: Pair[]
}

/**
 * Counts the pixels of each value and of each pair of values.
 * @throws AdzusError unless both are label maps of one size
 */
export function overlaps(a: LabelMap, b: LabelMap): Overlaps {
  mustBeAlike(a, b)
  const [inA, inB] = [new Map<number, number>(), new Map<number, number>()]
  const pairs = new Map<number, Map<number, Pair>>()
  eachRun(a, b, (valueA, valueB, start, end) => {
    for (const value of [valueA, valueB]) must('labels', Number.isSafeInteger(value) && value >= 0, 'whole numbers, 0 or more', value)
    inA.set(valueA, (inA.get(valueA) ?? 0) + end - start)
    inB.set(valueB, (inB.get(valueB) ?? 0) + end - start)
    const row = pairs.get(valueA) ?? new Map<number, Pair>()
    pairs.set(valueA, row)
    const pair = row.get(valueB)
    if (pair) pair.area += end - start
    else row.set(valueB, { a: valueA, b: valueB, area: end - start })
  })
  return { inA, inB, pairs: [...pairs.values()].flatMap((row) => [...row.values()]) }
}
