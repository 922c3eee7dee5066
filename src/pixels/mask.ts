/** @file A mask: the pixels of a picture that are inside something. */
import { isRecord, isSamples, isWhole, must } from '../arguments.ts'

/** Rows from top to bottom; every value but 0 is inside. */
export interface Mask {
  width: number
  height: number
  data: Uint8Array
}

/**
 * Fails unless something is a mask.
 * @param where the argument's name
 * @throws AdzusError
 */
export function mustBeMask(where: string, mask: Mask): void {
  const sized = isRecord(mask) && isWhole(mask.width, 1, 2 ** 31) && isWhole(mask.height, 1, 2 ** 31)
  must(where, sized, 'a mask with width, height and data', mask)
  const { width, height, data } = mask
  must(where, isSamples(data, width * height), `${width} × ${height} pixels`, data?.length)
}

/**
 * Fails unless both are masks of one size.
 * @throws AdzusError
 */
export function mustBeAlike(a: Mask, b: Mask): void {
  mustBeMask('truth', a)
  mustBeMask('result', b)
  const alike = a.width === b.width && a.height === b.height
  must('result', alike, `a mask of the truth’s size, ${a.width} × ${a.height}`, `${b.width} × ${b.height}`)
}
