/** @file A mask of the square, taken to the picture's own size. */
import { bilinear, type Size } from '../pixels/bilinear.ts'
import { boxMean } from '../pixels/box.ts'
import { grabCutLevels } from '../pixels/grab-cut-levels.ts'
import type { Picture } from '../pixels/picture.ts'
import { shrink } from '../pixels/shrink.ts'
import { INSIDE, MAYBE_INSIDE, MAYBE_OUTSIDE, OUTSIDE } from '../pixels/trimap.ts'
import { fractions, upsampleMask } from '../pixels/upsample-mask.ts'

export const EDGES = ['none', 'guided', 'cut'] as const
/** How the outline of `auto` comes to the picture's own size. */
export type Edges = (typeof EDGES)[number]

// Chosen on development pictures (docs/masks.md).
/** Of the guided filter, in pixels of the square. */
const GUIDED = { radius: 1, epsilon: 1e-3 }
/** The longer side, in pixels, at which outlines are cut. */
const CUT_SIDE = 512
/** On either side of the outline so much is open to the cut, as a share of the longer side. */
const OPEN = 0.025

/**
 * @param mask 1 inside, 0 outside, one a pixel of the square
 * @param small the picture as the square
 * @returns 255 inside, 0 outside, one a pixel of the picture
 */
export function finish(mask: Uint8Array, small: Picture, picture: Picture, edges: Edges): Uint8Array {
  if (edges === 'guided') return upsampleMask(mask, small, picture, GUIDED)
  if (edges === 'none' || !mask.includes(1)) return enlarge(mask, small, picture)
  const middle = shrink(picture, CUT_SIDE)
  const cut = grabCutLevels(middle, trimapAround(mask, small, middle))
  return upsampleMask(fractions(cut), middle, picture)
}

/** Where bilinear values are above ½: 255, else 0. */
export function enlarge(mask: ArrayLike<number>, from: Size, to: Size): Uint8Array {
  const values = bilinear(mask, from, to)
  const out = new Uint8Array(values.length)
  for (let i = 0; i < out.length; i++) if (values[i] > 0.5) out[i] = 255
  return out
}

/** A trimap that is open along the outline. */
function trimapAround(mask: Uint8Array, from: Size, to: Size): Uint8Array {
  const values = bilinear(mask, from, to)
  const near = boxMean(values, to.width, to.height, Math.ceil(OPEN * Math.max(to.width, to.height)))
  return Uint8Array.from(values, (value, i) => {
    if (near[i] < 1e-6) return OUTSIDE
    if (near[i] > 1 - 1e-6) return INSIDE
    return value > 0.5 ? MAYBE_INSIDE : MAYBE_OUTSIDE
  })
}
