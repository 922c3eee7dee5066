/** @file A picture in small as a data URL, for pages that are one file. */
import { encodePng } from '../image/png-writer.ts'
import type { RgbRaster } from '../image/raster.ts'
import { resize } from '../image/resize.ts'
import { thumbnailSize } from './outline.ts'

/** A PNG of the size of `outline`'s paths. */
export async function thumbnail(picture: RgbRaster): Promise<string> {
  const bytes = await encodePng(resize(picture, ...thumbnailSize(picture.width, picture.height)))
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return `data:image/png;base64,${btoa(text)}`
}
