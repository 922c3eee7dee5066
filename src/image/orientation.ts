/**
 * @file EXIF's orientation (JEITA CP-3451, tag 0x0112): how a viewer turns and mirrors the stored
 * pixels. A mask belongs to these, so they are turned only where somebody asks for it.
 */
import type { RgbRaster } from './raster.ts'

/** 1 is as stored, 6 turned by 90° to the right. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** What a viewer does with the stored pixels. */
const WORDS: Record<Orientation, string> = {
  1: 'as it is stored',
  2: 'mirrored left to right',
  3: 'turned by 180°',
  4: 'mirrored top to bottom',
  5: 'with rows and columns exchanged',
  6: 'turned by 90° to the right',
  7: 'turned by 180° with rows and columns exchanged',
  8: 'turned by 90° to the left',
}

export function isOrientation(value: unknown): value is Orientation {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 8
}

/** A note on a picture that is left as it is stored; none where viewers do so, too. */
export function orientationNote(orientation: Orientation = 1): string | undefined {
  if (orientation === 1) return undefined
  return `viewers show it ${WORDS[orientation]} (EXIF orientation ${orientation}); the results belong to its pixels as stored (“orient” turns both)`
}

/** The orientation that turns back what this one has turned. */
export function inverseOf(orientation: Orientation): Orientation {
  if (orientation === 6) return 8
  return orientation === 8 ? 6 : orientation
}

/** The picture as a viewer shows it; from orientation 5 on width and height are exchanged. */
export function turn(image: RgbRaster, orientation: Orientation = 1): RgbRaster {
  if (orientation === 1) return image
  const { spacing } = image
  const turned = turnSamples({ ...image, channels: 3 }, orientation)
  return { ...turned, spacing: spacing && orientation >= 5 ? { ...spacing, x: spacing.y, y: spacing.x } : spacing }
}

/** Samples that can be turned: pixels, labels, anything that has a number for each place. */
interface Turnable<Data> {
  width: number
  height: number
  channels: number
  /** width · height · channels numbers. */
  data: Data
}

/**
 * Turns the samples of an image or of labels, which stay as they are.
 * @returns samples of their own; from orientation 5 on width and height are exchanged
 * @example
 * const seen = turnSamples({ width, height, channels: 1, data }, 6)
 * const back = turnSamples({ ...seen, channels: 1 }, inverseOf(6)) // as before
 */
export function turnSamples<Data extends Uint8Array | Uint16Array | Int16Array | Int32Array | Uint32Array | Float32Array>(
  { width: w, height: h, channels, data }: Turnable<Data>,
  orientation: Orientation,
): { width: number; height: number; data: Data } {
  /** Which stored pixel is shown first, and how far it is to the next in a row and in a column. */
  const walks: Record<Orientation, readonly [first: number, right: number, below: number]> = {
    1: [0, 1, w],
    2: [w - 1, -1, w],
    3: [w * h - 1, -1, -w],
    4: [w * (h - 1), 1, -w],
    5: [0, w, 1],
    6: [w * (h - 1), -w, 1],
    7: [w * h - 1, -w, -1],
    8: [w - 1, w, -1],
  }
  const [first, right, below] = walks[orientation]
  const [width, height] = orientation >= 5 ? [h, w] : [w, h]
  const out = new (data.constructor as new (length: number) => Data)(data.length)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0, from = channels * (first + y * below); x < width; x++, from += channels * right)
      for (let c = 0; c < channels; c++) out[to++] = data[from + c]
  return { width, height, data: out }
}
