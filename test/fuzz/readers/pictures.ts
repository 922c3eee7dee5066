/** @file Readers of pictures. */
import { decodeImage, openImages, pictureErrors } from '../../../src/image/decode.ts'
import { dicom } from '../../../src/image/formats/dicom/index.ts'
import { bytesSource } from '../../../src/source.ts'
import { density, exifJpeg, orientation, writeExif } from '../../support/exif.ts'
import { CHANNELS, type COLOURS, writeJpeg, writePng } from '../../support/pictures.ts'
import { random } from '../../support/random.ts'
import { bytes, png } from '../mutate.ts'
import { files, type Reader } from './reader.ts'

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

/** Small files of every coding, and one of several frames with functional groups. */
function dicomSeeds(): Promise<Uint8Array[]> {
  const names = ['implicit-u8', 'big-i16', 'deflated-u8', 'rle-rgb-frames', 'jls-u12', 'j2k-i16', 'ht-u8', 'lossless-u16', 'jpeg-u8']
  const others = [
    'fragments-parts',
    'fragments-eot',
    'palette-segments',
    'modality-lut',
    'voi-lut-part',
    'bits-explicit',
    'enhanced',
    'bare-explicit',
  ]
  return files(...[...names, ...others].map((name) => `test/data/formats/dicom/${name}.dcm`))
}

/** Every frame, and the volume that they make. */
async function readDicom(input: Uint8Array): Promise<void> {
  for (const image of (await openImages(input, 'a.dcm')).slice(0, 8)) await image.decode()
  await pictureErrors('a.dcm', async () => (await dicom.openVolume!(bytesSource('a.dcm', input), 'a.dcm'))?.slice(0, 0))
}

export const pictures: Record<string, Reader> = {
  png: { seeds: pngSeeds, mutate: png, read: (input) => decodeImage(input, 'a.png') },
  dicom: { seeds: dicomSeeds, mutate: bytes, read: readDicom },
  jpeg: { seeds: jpegSeeds, mutate: bytes, read: (input) => decodeImage(input, 'a.jpg') },
}
