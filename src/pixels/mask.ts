/** @file A mask: the pixels of a picture that are inside something. */
import { type LabelMap, mustBeMap } from './label-map.ts'

/** Rows from top to bottom; every value but 0 is inside. */
export interface Mask {
  width: number
  height: number
  data: Uint8Array
}

/** A rectangle of whole pixels. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** The pixels whose values fulfil a condition: 255 inside, 0 outside. */
export function maskWhere({ width, height, data }: LabelMap, inside: (value: number, i: number) => boolean): Mask {
  const out = new Uint8Array(data.length)
  for (let i = 0; i < out.length; i++) if (inside(data[i], i)) out[i] = 255
  return { width, height, data: out }
}

/**
 * The smallest box around all pixels inside any of the masks, which have one size.
 * @returns nothing where nothing is inside
 * @throws AdzusError unless all are masks
 */
export function boundingBox(...masks: readonly [Mask, ...Mask[]]): Box | undefined {
  for (const mask of masks) mustBeMap('mask', mask)
  const { width, height } = masks[0]
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (const { data } of masks)
    for (let y = 0; y < height; y++) {
      const row = y * width
      let first = 0
      while (first < width && data[row + first] === 0) first++
      if (first === width) continue
      let last = width - 1
      while (data[row + last] === 0) last--
      if (first < left) left = first
      if (last > right) right = last
      if (y < top) top = y
      if (y > bottom) bottom = y
    }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

/** The part of a mask in a box that lies within it. */
export function crop(mask: Mask, { x, y, width, height }: Box): Mask {
  const data = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    const from = (y + row) * mask.width + x
    data.set(mask.data.subarray(from, from + width), row * width)
  }
  return { width, height, data }
}
