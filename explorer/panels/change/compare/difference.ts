/** @file How far two results of a picture are apart. */
import { type Overlap, overlap } from 'adzus'

export interface Side {
  segments: number
  mask: ArrayLike<number>
}

export interface Difference {
  segments: readonly [number, number]
  /** Shares of the picture that are foreground. */
  foreground: readonly [number, number]
  /** Of the two masks; numbers that are none where both are empty. */
  overlap: Overlap
  /** The share of the picture that is in one mask and not in the other. */
  apart: number
}

/**
 * @example
 * differenceOf({ segments: 2, mask: [255, 0] }, { segments: 3, mask: [255, 255] }).apart // 0.5
 */
export function differenceOf(a: Side, b: Side): Difference {
  let [inA, inB, apart] = [0, 0, 0]
  for (let i = 0; i < a.mask.length; i++) {
    const [one, other] = [a.mask[i] !== 0, b.mask[i] !== 0]
    if (one) inA++
    if (other) inB++
    if (one !== other) apart++
  }
  const pixels = a.mask.length
  return {
    segments: [a.segments, b.segments],
    foreground: [inA / pixels, inB / pixels],
    overlap: overlap(a.mask, b.mask),
    apart: apart / pixels,
  }
}
