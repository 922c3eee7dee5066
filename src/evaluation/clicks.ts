import type { Mask } from '../pixels/mask.ts'

export interface Click {
  x: number
  y: number
  /** A click on what was missed, otherwise on what is too much. */
  positive: boolean
}

/** @returns nothing where the masks are equal */
export function nextClick(_truth: Mask, _result: Mask): Click | undefined {
  throw new Error('to come')
}

/**
 * NoC@quality: clicks until the IoU is reached, at most as many as there are IoUs.
 * @param ious after click 1, 2 …
 */
export function numberOfClicks(_ious: readonly number[], _quality: number): number {
  throw new Error('to come')
}
