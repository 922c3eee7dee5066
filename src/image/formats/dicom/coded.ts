/** @file Frames that are compressed: RLE, JPEG and its relatives. */
import { bytesSource } from '../../../source.ts'
import { type Coded, headerOf } from '../../codecs/codestream.ts'
import { decodeJpegLs } from '../../codecs/jpeg-ls.ts'
import { decodeLossless } from '../../codecs/lossless-jpeg.ts'
import { decodeFrame } from '../../codecs/wasm-codec.ts'
import { openJpeg } from '../jpeg/decode.ts'
import type { Attributes } from './attributes.ts'
import { brokenDicom, type DicomFile } from './file.ts'
import { bytesOf, framesOf, type Piece } from './fragments.ts'
import { decodeRle } from './rle.ts'
import { type Frames, joined, masked, type Stored, type StoredSamples, typed } from './stored.ts'
import { TAGS } from './tags.ts'

/** @throws AdzusError where fragments and frames do not fit */
export async function codedFrames(file: DicomFile, attributes: Attributes): Promise<Frames> {
  const { where, source, data } = file
  if (!attributes.pixels.open) throw brokenDicom(where, `a broken one: pixels without fragments, which ${file.syntax.name} has`)
  const broken = (cause: unknown, frame?: number) => {
    const place = frame !== undefined && attributes.frames > 1 ? ` in frame ${frame + 1}` : ''
    return brokenDicom(where, `a broken one: ${(cause as Error).message}${place}`, 'Is the file complete?', cause)
  }
  const [offsets, lengths] = [data.numbers(TAGS.offsets, 'UV'), data.numbers(TAGS.offsetLengths, 'UV')]
  const extended = offsets && lengths && { offsets, lengths }
  const frames: Piece[][] = await framesOf(source, attributes.pixels, attributes.frames, extended).catch((cause) => {
    throw broken(cause)
  })
  return {
    async read(frame) {
      const bytes = await bytesOf(source, frames[frame])
      try {
        return await decodeCoded(file, attributes, bytes)
      } catch (cause) {
        // Errors of ours have a name, which classes of others have not.
        throw cause instanceof Error && cause.name === 'AdzusError' ? cause : broken(cause, frame)
      }
    },
  }
}

async function decodeCoded(file: DicomFile, attributes: Attributes, bytes: Uint8Array): Promise<Stored> {
  const { width, height, samples, allocated, stored } = attributes
  const expected = { width, height, components: samples }
  const plain = (data: StoredSamples, bits: number): Stored => ({
    data: joined(masked(data, { ...attributes, highBit: bits - 1 }, bits), attributes, false),
    rgb: false,
    notes: [],
  })
  const unpacked = ({ data, bits }: Coded) => plain(bits <= 8 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2), bits)
  switch (file.syntax.coding) {
    case 'rle': {
      if (allocated === 1) throw new Error('RLE of 1 bit')
      const data = typed(decodeRle(bytes, width * height, samples, allocated / 8), attributes)
      return { data: joined(masked(data, attributes, stored), attributes, samples > 1), rgb: false, notes: [] }
    }
    case 'jpeg':
      return decodeJpeg(file, attributes, bytes)
    case 'lossless': {
      const { data, bits } = decodeLossless(bytes, expected)
      return plain(bits <= 8 ? Uint8Array.from(data) : data, bits)
    }
    case 'jpeg-ls':
      return unpacked(decodeJpegLs(bytes, expected))
    default:
      return unpacked(await decodeFrame(file.syntax.coding as 'jpeg-2000', bytes, expected))
  }
}

/** The Adobe marker that says: these are no luminances and colours, but red, green and blue. */
const ADOBE_RGB = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]

/** JPEG of 8 bits: the decoder hands out grey or RGB. */
async function decodeJpeg(
  { where, source }: DicomFile,
  { width, height, samples, photometric }: Attributes,
  bytes: Uint8Array,
): Promise<Stored> {
  const header = headerOf(bytes)
  if (header && header.bits > 8)
    throw brokenDicom(
      where,
      `one whose pixels are JPEG of ${header.bits} bits`,
      'Nothing here decodes that: convert it to explicit VR little endian (`dcmdjpeg`, `gdcmconv --raw`).',
    )
  const splice = photometric === 'RGB' && samples === 3
  const stream = splice ? Uint8Array.from([0xff, 0xd8, ...ADOBE_RGB, ...bytes.subarray(2)]) : bytes
  const [image] = await openJpeg(bytesSource(source.name, stream), where)
  if (image.width !== width || image.height !== height)
    throw new Error(`a stream of ${image.width} × ${image.height} pixels in place of ${width} × ${height}`)
  const { data, channels, notes } = await image.decode()
  if (channels !== samples) throw new Error(`a stream of ${channels} channels in place of ${samples}`)
  return { data: data as Uint8Array, rgb: samples === 3, notes }
}
