import type { Mask } from '../pixels/mask.ts'

export interface FigureOptions {
  /** How far apart two surfaces may be to count as one, in the unit of `spacing`; 1 by default. */
  tolerance?: number
  /** From a pixel's centre to the next, along a row and along a column; [1, 1] by default. */
  spacing?: [x: number, y: number]
}

export interface Figures {
  dice: number
  iou: number
  precision: number
  recall: number
  /** In the unit of the spacing. */
  hd95: number
  nsd: number
  /** (result − truth) / truth; NaN where the truth alone is empty. */
  volumeDifference: number
  /** Pixels. */
  counts: { truth: number; result: number; both: number }
  empty: { truth: boolean; result: boolean }
}

export function figures(_truth: Mask, _result: Mask, _options: FigureOptions = {}): Figures {
  throw new Error('to come')
}
