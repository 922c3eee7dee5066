/**
 * @file JPEG of four channels, CMYK or YCCK (Adobe's): libjpeg decodes them as two files of three
 * channels, and inks become light as in Pillow, without a colour profile.
 */
import type { JpegParts } from './segments.ts'
import { withoutChannel } from './split.ts'

/** The two files; the third channel of the second is black, the others are those of the first. */
export function splitInks(parts: JpegParts): [colours: JpegParts, black: JpegParts] {
  const plain = { ...parts, jfif: false, transform: 0 }
  // YCC becomes RGB as usual; channels that are told to be RGB come out as they are.
  return [{ ...withoutChannel(plain, 3), transform: parts.transform ?? 0 }, withoutChannel(plain, 2)]
}

/**
 * RGB of the two files' pixels (RGBA). Inks are stored inverted, 255 for none, as Adobe's programs
 * do it, and with them all others.
 */
export function joinInks(colours: Uint8ClampedArray, black: Uint8ClampedArray, { transform = 0 }: JpegParts): Uint8Array {
  const out = new Uint8Array((colours.length / 4) * 3)
  // YCC holds the inks' opposites.
  const flip = transform === 0 ? 0 : 255
  for (let from = 0, to = 0; from < colours.length; from += 4)
    for (let c = 0; c < 3; c++) out[to++] = Math.round(((colours[from + c] ^ flip) * black[from + 2]) / 255)
  return out
}
