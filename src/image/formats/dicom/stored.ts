/**
 * @file The stored samples of a frame: what the file has, before any table or window. Samples of a
 * pixel follow each other; bits that are no value are masked, signs extended (PS3.5, section 8).
 */
import { bytesSource } from '../../../source.ts'
import { headerOf } from '../../codecs/codestream.ts'
import { decodeLossless } from '../../codecs/lossless-jpeg.ts'
import { decodeFrame } from '../../codecs/wasm-codec.ts'
import { openJpeg } from '../jpeg/decode.ts'
import type { Attributes } from './attributes.ts'
import { brokenDicom, type DicomFile } from './file.ts'
import { bytesOf, framesOf, type Piece } from './fragments.ts'
import { decodeRle } from './rle.ts'
import { TAGS } from './tags.ts'

export type StoredSamples = Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array

export interface Stored {
  data: StoredSamples
  /** Whether three samples are red, green and blue already. */
  rgb: boolean
  notes: readonly string[]
}

/** Where the frames lie, and how each is decoded. */
export interface Frames {
  read(frame: number): Promise<Stored>
}

/**
 * Finds the frames of a file.
 * @throws AdzusError where there are fewer bytes than its header says
 */
export async function openFrames(file: DicomFile, attributes: Attributes): Promise<Frames> {
  return file.syntax.coding === 'native' ? nativeFrames(file, attributes) : codedFrames(file, attributes)
}

function nativeFrames(file: DicomFile, attributes: Attributes): Frames {
  const { where, source, syntax } = file
  const { width, height, samples, allocated, pixels, photometric } = attributes
  if (pixels.open) throw brokenDicom(where, 'a broken one: fragments of pixels in a syntax without')
  const count = width * height * samples
  const there = Math.min(pixels.length, source.size - pixels.at)
  const bits = { full: count * allocated, halved: width * height * 2 * allocated }
  const needed = (of: number) => Math.ceil((of * attributes.frames) / 8)
  // Some writers name them subsampled although they are not.
  const halved = photometric === 'YBR_FULL_422' && pixels.length < needed(bits.full)
  const frameBits = halved ? bits.halved : bits.full
  if (halved && (width % 2 !== 0 || attributes.planar)) throw brokenDicom(where, 'a broken one: YBR_FULL_422 of an odd width or in planes')
  if (there < needed(frameBits))
    throw brokenDicom(where, `one with ${there} bytes of pixels in place of ${needed(frameBits)}`, 'Is the file complete?')
  /** In big endian, bytes are swapped within words (PS3.5, annex A.3). */
  const words = !syntax.little && allocated <= 8 && pixels.vr !== 'OB'
  return {
    async read(frame) {
      const from = (frame * frameBits) / 8
      const first = words ? 2 * Math.floor(from / 2) : Math.floor(from)
      const last = Math.ceil(from + frameBits / 8)
      const end = words ? Math.min(there, 2 * Math.ceil(last / 2)) : last
      const bytes = await source.read(pixels.at + first, end - first)
      const plain = words ? swapped(bytes, 2) : bytes
      if (allocated === 1) return { data: unpacked(plain, 8 * (from - first), count), rgb: false, notes: [] }
      const cut = plain.subarray(from - first, from - first + frameBits / 8)
      const full = halved ? fullColours(cut) : cut
      const data = typed(syntax.little ? full : swapped(full, allocated / 8), attributes)
      return { data: joined(masked(data, attributes, attributes.stored), attributes, attributes.planar), rgb: false, notes: [] }
    },
  }
}

/** Bytes of words in the opposite order; an odd one at the end stays. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  if (width < 2) return bytes
  const out = bytes.slice()
  for (let at = 0; at + width <= out.length; at += width) out.subarray(at, at + width).reverse()
  return out
}

/** Bits, the lowest of a byte first. */
function unpacked(bytes: Uint8Array, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let i = 0; i < count; i++) out[i] = (bytes[(from + i) >> 3] >> ((from + i) & 7)) & 1
  return out
}

/** YBR_FULL_422: two luminances share a pair of colours (PS3.3, C.7.6.3.1.2). */
function fullColours(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length / 4) * 6)
  for (let from = 0, to = 0; from + 4 <= bytes.length; from += 4)
    for (const y of [bytes[from], bytes[from + 1]]) {
      out[to++] = y
      out[to++] = bytes[from + 2]
      out[to++] = bytes[from + 3]
    }
  return out
}

/** Little-endian bytes as numbers. */
function typed(bytes: Uint8Array, { allocated, kind, signed }: Attributes): StoredSamples {
  if (allocated === 8) return bytes
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const { buffer, byteOffset, length } = aligned
  const count = Math.floor(length / (allocated / 8))
  if (kind === 'float') return allocated === 32 ? new Float32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count)
  if (allocated === 16) return signed ? new Int16Array(buffer, byteOffset, count) : new Uint16Array(buffer, byteOffset, count)
  return signed ? new Int32Array(buffer, byteOffset, count) : new Uint32Array(buffer, byteOffset, count)
}

/** Samples without the bits beside their value, with its sign. Samples of 8 bits may become wider. */
function masked(data: StoredSamples, { highBit, signed, kind }: Attributes, stored: number): StoredSamples {
  const width = 8 * data.BYTES_PER_ELEMENT
  if (kind === 'float' || (stored === width && !(signed && width === 8))) return data
  const low = Math.max(0, highBit + 1 - stored)
  const unused = 32 - stored
  const out = signed
    ? data.BYTES_PER_ELEMENT === 4
      ? new Int32Array(data.length)
      : new Int16Array(data.length)
    : new (data.constructor as new (length: number) => StoredSamples)(data.length)
  for (let i = 0; i < data.length; i++) {
    const shifted = (data[i] >>> low) << unused
    out[i] = signed ? shifted >> unused : shifted >>> unused
  }
  return out
}

/** The samples of a pixel beside each other. */
function joined(data: StoredSamples, { samples }: Attributes, planar: boolean): StoredSamples {
  if (!planar || samples === 1) return data
  const out = new (data.constructor as new (length: number) => StoredSamples)(data.length)
  const pixels = data.length / samples
  for (let c = 0; c < samples; c++) for (let i = 0; i < pixels; i++) out[i * samples + c] = data[c * pixels + i]
  return out
}

async function codedFrames(file: DicomFile, attributes: Attributes): Promise<Frames> {
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
  const plain = (data: StoredSamples, bits: number, planar: boolean): Stored => ({
    data: joined(masked(data, { ...attributes, highBit: bits - 1 }, bits), attributes, planar),
    rgb: false,
    notes: [],
  })
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
      return plain(bits <= 8 ? Uint8Array.from(data) : data, bits, false)
    }
    default: {
      const coded = await decodeFrame(file.syntax.coding as 'jpeg-2000', bytes, expected)
      const data = coded.bits <= 8 ? coded.data : new Uint16Array(coded.data.buffer, coded.data.byteOffset, coded.data.length / 2)
      return plain(data, coded.bits, coded.planar)
    }
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
