/** @file The pixels that two masks have and share. */
import type { Mask } from '../pixels/mask.ts'

export interface PixelCounts {
  truth: number
  result: number
  both: number
}

/** Counts the pixels inside two masks of one size. */
export function countPixels({ data: truth }: Mask, { data: result }: Mask): PixelCounts {
  let [inTruth, inResult, both] = [0, 0, 0]
  for (let i = 0; i < truth.length; i++) {
    const [a, b] = [truth[i] === 0 ? 0 : 1, result[i] === 0 ? 0 : 1]
    inTruth += a
    inResult += b
    both += a & b
  }
  return { truth: inTruth, result: inResult, both }
}

/** 2 |both| / (|truth| + |result|); 1 where both are empty. */
export function diceOf({ truth, result, both }: PixelCounts): number {
  return truth + result === 0 ? 1 : (2 * both) / (truth + result)
}
