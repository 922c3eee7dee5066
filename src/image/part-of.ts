/** @file A part of an image: a rectangle of its pixels, and some of its channels. */
import type { Decoded } from './format.ts'
import type { Raster } from './raster.ts'

/** A rectangle of whole pixels within an image, the top left pixel being 0, 0. */
export interface Region {
  x: number
  y: number
  width: number
  height: number
}

/** What is wanted of an image; what is left out is wanted whole. */
export interface Part {
  region?: Region
  /** Channels by their place, from 0, in the order in which they are wanted. */
  channels?: readonly number[]
}

/**
 * Cuts a part out of a decoded image. The region has to lie within, the channels have to be there.
 * @example
 * partOf(await page.decode(), { region: { x: 0, y: 0, width: 256, height: 256 }, channels: [1] })
 */
export function partOf(image: Decoded, { region, channels }: Part): Decoded {
  const { x, y, width, height } = region ?? { x: 0, y: 0, width: image.width, height: image.height }
  const wanted = channels ?? Array.from({ length: image.channels }, (_, c) => c)
  const data = new (image.data.constructor as new (length: number) => Raster['data'])(width * height * wanted.length)
  let to = 0
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++)
      for (const c of wanted) data[to++] = image.data[(row * image.width + column) * image.channels + c]
  const channelNames = image.channelNames && wanted.map((c) => image.channelNames![c])
  return { ...image, width, height, channels: wanted.length, data, channelNames }
}
