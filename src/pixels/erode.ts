/** @file Erosion by the cross of five pixels, and the surface of a mask. */
import { mustBeMap } from './label-map.ts'
import type { Mask } from './mask.ts'

/**
 * Whether a pixel and its four neighbours are inside; what is beyond the picture is outside.
 * @returns 255 inside, 0 outside
 * @throws AdzusError unless it is a mask
 * @example
 * const smaller = erode({ width, height, data: result.mask })
 */
export function erode(mask: Mask): Mask {
  mustBeMap('mask', mask)
  const { width, height, data } = mask
  const out = new Uint8Array(data.length)
  for (let y = 1; y < height - 1; y++)
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++)
      if (data[i] !== 0 && data[i - 1] !== 0 && data[i + 1] !== 0 && data[i - width] !== 0 && data[i + width] !== 0) out[i] = 255
  return { width, height, data: out }
}

/**
 * The pixels of a mask that its erosion takes away: those at the picture's edge or beside a pixel
 * outside.
 * @returns 255 on the surface, 0 elsewhere
 * @throws AdzusError unless it is a mask
 */
export function surface(mask: Mask): Mask {
  const out = erode(mask)
  for (let i = 0; i < out.data.length; i++) out.data[i] = mask.data[i] !== 0 && out.data[i] === 0 ? 255 : 0
  return out
}
