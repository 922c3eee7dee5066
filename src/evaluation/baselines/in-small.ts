/** @file Masks of baselines that are found at a smaller size. */
import type { Picture } from '../../pixels/picture.ts'
import { shrink } from '../../pixels/shrink.ts'
import { fractions, upsampleMask } from '../../pixels/upsample-mask.ts'

/** The longer side at which they are found. */
export const SIDE = 256

/**
 * The mask that a function finds in the picture at up to `SIDE` pixels, taken to the picture's own
 * size.
 */
export function maskInSmall(picture: Picture, find: (small: Picture) => Uint8Array): Uint8Array {
  const small = shrink(picture, SIDE)
  const mask = find(small)
  return small === picture ? mask : upsampleMask(fractions(mask), small, picture)
}
