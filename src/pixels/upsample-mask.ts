/**
 * @file A mask that was computed at a small size, taken to the full one along the picture's edges,
 * by the fast guided filter: smooth where the picture has no edge, never in blocks.
 */
import { boxMean } from './box.ts'
import { applyGuided, type GuidedFilterOptions, guidedCoefficients } from './guided-filter.ts'
import type { Picture } from './picture.ts'

/**
 * @param values how much each pixel of `small` is inside: 0 … 1, or a mask of 0 and 255 divided by
 * it (`fractions`)
 * @param small the picture at the size at which the mask was computed
 * @param picture the same picture at the size that is wanted
 * @param options a radius and an ε in pixels of `small` (`guided-filter.ts`)
 * @returns 255 where the filtered values are above ½, else 0
 * @example
 * const small = shrink(picture, 512)
 * const mask = upsampleMask(fractions(grabCut(small, trimap)), small, picture)
 */
export function upsampleMask(
  values: ArrayLike<number>,
  small: Picture,
  picture: Picture,
  { radius = 2, epsilon = 1e-4 }: GuidedFilterOptions = {},
): Uint8Array {
  const soft = applyGuided(guidedCoefficients(small, values, { radius, epsilon }), picture, farFromOutline(values, small, radius))
  const mask = new Uint8Array(soft.length)
  for (let i = 0; i < mask.length; i++) if (soft[i] > 0.5) mask[i] = 255
  return mask
}

/**
 * 0 or 1 where everything that the filter's windows reach has that value, since it does not change
 * there; NaN elsewhere.
 */
function farFromOutline(values: ArrayLike<number>, { width, height }: Picture, radius: number): Float32Array {
  return boxMean(values, width, height, 2 * radius).map((mean) => (mean === 0 || mean === 1 ? mean : Number.NaN))
}

/** 1 where a mask is not 0, else 0. */
export function fractions(mask: ArrayLike<number>): Float32Array {
  const out = new Float32Array(mask.length)
  for (let i = 0; i < out.length; i++) if (mask[i] !== 0) out[i] = 1
  return out
}
