/**
 * @file How far a mask agrees with the true one: overlap, surface distance, volume.
 *
 * Definitions of surface figures differ; these are MONAI's and Metrics Reloaded's (Maier-Hein et
 * al., *Metrics reloaded*, Nature Methods 21, 2024).
 */
import { mustBeNamed, mustBeOptions } from '../arguments.ts'
import { mustBePixelSize, type PixelSize } from '../pixels/distance-transform.ts'
import { mustBeAlike } from '../pixels/label-map.ts'
import type { Mask } from '../pixels/mask.ts'
import { countPixels, diceOf, type PixelCounts } from './counts.ts'
import { mustBeTolerance, surfaceFigures } from './surface.ts'

export interface FigureOptions {
  /** How far apart two surfaces may be to count as one, in the unit of `spacing`; 1 by default. */
  tolerance?: number
  /** From a pixel's centre to the next, along a row and along a column; [1, 1] by default. */
  spacing?: PixelSize
}

export interface Figures {
  /** 2 |both| / (|truth| + |result|), 0 … 1. */
  dice: number
  /** |both| / |either|, 0 … 1. */
  iou: number
  /** |both| / |result|, 0 … 1. */
  precision: number
  /** |both| / |truth|, 0 … 1. */
  recall: number
  /** The larger of the two 95th percentiles of the surfaces' distances, in the spacing's unit. */
  hd95: number
  /** The share of both surfaces within the tolerance of the other, 0 … 1. */
  nsd: number
  /** (|result| − |truth|) / |truth|; 0 where both are empty, NaN where the truth alone is. */
  volumeDifference: number
  /** Pixels. */
  counts: PixelCounts
  /** A figure of an empty mask is set, not measured: count those images apart. */
  empty: { truth: boolean; result: boolean }
}

/** The figures that can be averaged: they are numbers for all masks. */
export type MeanFigures = Pick<Figures, 'dice' | 'iou' | 'precision' | 'recall' | 'hd95' | 'nsd'>

/**
 * Compares a mask with the true one; every value but 0 is inside.
 *
 * Where both are empty, HD95 is 0 and the shares are 1. Where one is, HD95 is the picture's
 * diagonal and the shares are 0.
 * @throws AdzusError unless both are masks of one size, and for options out of range
 * @example
 * const { width, height, mask } = result
 * const { dice, hd95 } = figures(truth, { width, height, data: mask }, { tolerance: 2 })
 */
export function figures(truth: Mask, result: Mask, options: FigureOptions = {}): Figures {
  mustBeAlike(truth, result)
  mustBeOptions('options', options)
  mustBeNamed('options', options, ['tolerance', 'spacing'])
  const { tolerance = 1, spacing = [1, 1] } = options
  mustBeTolerance(tolerance)
  mustBePixelSize('spacing', spacing)
  const counts = countPixels(truth, result)
  const { truth: inTruth, result: inResult, both } = counts
  // Without a pixel in either, the masks are equal; with pixels in one, nothing is shared.
  const share = (part: number, whole: number) => (inTruth + inResult === 0 ? 1 : whole === 0 ? 0 : part / whole)
  return {
    dice: diceOf(counts),
    iou: share(both, inTruth + inResult - both),
    precision: share(both, inResult),
    recall: share(both, inTruth),
    ...surfaceFigures(truth, result, spacing, tolerance),
    volumeDifference: inResult === inTruth ? 0 : inTruth === 0 ? NaN : (inResult - inTruth) / inTruth,
    counts,
    empty: { truth: inTruth === 0, result: inResult === 0 },
  }
}
