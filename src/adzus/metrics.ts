/**
 * @file Overlap of two masks (anything but 0 is inside), and the oracle: the best that a choice of
 * whole segments can do.
 *
 * Dice = 2|A∩B| / (|A| + |B|), IoU = |A∩B| / |A∪B|; both are NaN where both masks are empty, as
 * nnU-Net has it.
 */

import { isSamples, isWhole, must } from '../arguments.ts'

/** How well two masks agree: 1 where they are the same, 0 where they are apart. */
export interface Overlap {
  dice: number
  iou: number
}

/**
 * @throws AdzusError unless both are lists or typed arrays of the same length
 * @example
 * const { dice, iou } = overlap(result.mask, truth)
 */
export function overlap(a: ArrayLike<number>, b: ArrayLike<number>): Overlap {
  must('masks', isSamples(a, a?.length) && isSamples(b, a.length), 'two masks of the same length', [a, b])
  let [both, inA, inB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== 0) inA++
    if (b[i] !== 0) inB++
    if (a[i] !== 0 && b[i] !== 0) both++
  }
  return { dice: (2 * both) / (inA + inB), iou: both / (inA + inB - both) }
}

/**
 * Every segment that lies mostly inside the reference mask. It uses the answer: an upper bound for
 * choosing segments, not a result.
 * @example
 * const best = overlap(oracle(labels, segments.length, truth), truth).dice
 */
export function oracle(labels: ArrayLike<number>, count: number, reference: ArrayLike<number>): Uint8Array {
  must('labels', isSamples(labels, labels?.length), 'a label map', labels)
  must('count', isWhole(count, 0, 2 ** 32), 'the number of labels', count)
  must('reference', isSamples(reference, labels.length), 'a mask of the labels’ length', reference)
  const inside = new Float64Array(count + 1)
  const area = new Float64Array(count + 1)
  for (let i = 0; i < labels.length; i++) {
    area[labels[i]]++
    if (reference[i] !== 0) inside[labels[i]]++
  }
  return Uint8Array.from({ length: labels.length }, (_, i) => (2 * inside[labels[i]] > area[labels[i]] ? 255 : 0))
}
