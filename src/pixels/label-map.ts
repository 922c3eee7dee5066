/** @file A label map: every pixel has the number of a class, an object or a segment. */
import { isRecord, isSamples, isWhole, must } from '../arguments.ts'

/** Rows from top to bottom. Values are whole numbers, 0 or more. */
export interface LabelMap {
  width: number
  height: number
  data: ArrayLike<number>
}

/** One value on a stretch of pixels in reading order: those from `start` to before `end`. */
type EachRun = (a: number, b: number, start: number, end: number) => void

/**
 * Fails unless something is a picture of one value a pixel (a label map, or a mask).
 * @param where the argument's name
 * @throws AdzusError
 */
export function mustBeMap(where: string, map: LabelMap): void {
  const sized = isRecord(map) && isWhole(map.width, 1, 2 ** 31) && isWhole(map.height, 1, 2 ** 31)
  must(where, sized, 'a picture with width, height and data', map)
  must(where, isSamples(map.data, map.width * map.height), `data of ${map.width} × ${map.height} pixels`, map.data?.length)
}

/**
 * Fails unless two pictures of one value a pixel have one size.
 * @throws AdzusError
 */
export function mustBeAlike(truth: LabelMap, result: LabelMap): void {
  mustBeMap('truth', truth)
  mustBeMap('result', result)
  const alike = truth.width === result.width && truth.height === result.height
  must('result', alike, `the truth’s size, ${truth.width} × ${truth.height}`, `${result.width} × ${result.height}`)
}

/** Calls `each` for every stretch of pixels on which both maps keep their values. */
export function eachRun(a: LabelMap, b: LabelMap, each: EachRun): void {
  const [inA, inB] = [a.data, b.data]
  for (let start = 0, end = 0; start < inA.length; start = end) {
    const [valueA, valueB] = [inA[start], inB[start]]
    while (end < inA.length && inA[end] === valueA && inB[end] === valueB) end++
    each(valueA, valueB, start, end)
  }
}
