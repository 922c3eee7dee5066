/**
 * @file How a picture looks as the square that masks are found in, whatever the network attends to:
 * the same for every choice of attention.
 */
import { rgbToLab } from '../pixels/lab.ts'
import type { Picture } from '../pixels/picture.ts'
import { type Channel, channelsOf } from './channels.ts'
import { colourGroups } from './clusters.ts'
import { fieldOfView } from './field-of-view.ts'

/** Planes have one number a pixel of the square (SIDE × SIDE). */
export interface Appearance {
  /** The picture as the square. */
  small: Picture
  /** L*, a*, b* of every pixel. */
  lab: Float32Array
  /** 1 inside the field of view, else 0. */
  field: Uint8Array
  /** Pixels of the field. */
  fieldArea: number
  /** The group of each pixel's colour, of `COLOURS`. */
  colours: Uint8Array
  channels: Channel[]
}

/**
 * @param small SIDE × SIDE pixels
 * @example
 * const { field, channels } = appearanceOf(squeeze(picture, SIDE, SIDE))
 */
export function appearanceOf(small: Picture): Appearance {
  const lab = rgbToLab(small.data)
  const field = fieldOfView(small)
  const fieldArea = field.reduce((sum, one) => sum + one, 0)
  return { small, lab, field, fieldArea, colours: colourGroups(lab), channels: channelsOf(small, lab, field) }
}
