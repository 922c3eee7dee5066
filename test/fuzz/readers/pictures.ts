/** @file Readers of pictures. */
import { decodeImage } from '../../../src/image/decode.ts'
import { density, exifJpeg, orientation, writeExif } from '../../support/exif.ts'
import { CHANNELS, type COLOURS, writeJpeg, writePng } from '../../support/pictures.ts'
import { random } from '../../support/random.ts'
import { bytes, png } from '../mutate.ts'
import type { Reader } from './reader.ts'

/** Small pictures of every colour type, depth and interlacing. */
async function pngSeeds(): Promise<Uint8Array[]> {
  const chance = random(1)
  const seeds: Uint8Array[] = []
  for (const colour of ['grey', 'rgb', 'palette', 'greyAlpha', 'rgba'] as (keyof typeof COLOURS)[])
    for (const depth of [1, 2, 4, 8, 16] as const) {
      if (depth < 8 && colour !== 'grey' && colour !== 'palette') continue
      if (depth > 8 && colour === 'palette') continue
      const samples = Array.from({ length: 12 * 10 * CHANNELS[colour] }, () => chance.int(0, 2 ** depth - 1))
      const palette = colour === 'palette' ? Array.from({ length: 2 ** depth }, () => [chance.int(0, 255), 0, 9] as const) : undefined
      const transparency = colour === 'grey' ? [0, 1] : colour === 'rgb' ? [0, 1, 0, 2, 0, 3] : palette && [128]
      for (const interlaced of [false, true])
        seeds.push(writePng({ width: 12, height: 10, colour, depth, samples, interlaced, palette, transparency }))
    }
  return seeds
}

async function jpegSeeds(): Promise<Uint8Array[]> {
  const pixels = (count: number) => Array.from({ length: count }, (_, i) => (i * 7) % 256)
  return [
    await writeJpeg(16, 16, pixels(768)),
    await writeJpeg(33, 17, pixels(33 * 17 * 3), { progressive: true }),
    await writeJpeg(8, 40, pixels(960)),
    exifJpeg(await writeJpeg(8, 8, pixels(192)), writeExif([orientation(6), ...density([72, 1], [72, 1], 2)])),
  ]
}

export const pictures: Record<string, Reader> = {
  png: { seeds: pngSeeds, mutate: png, read: (input) => decodeImage(input, 'a.png') },
  jpeg: { seeds: jpegSeeds, mutate: bytes, read: (input) => decodeImage(input, 'a.jpg') },
}
