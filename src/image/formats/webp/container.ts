/**
 * @file The container of WebP (RFC 9649): what a file says of its picture, and the picture's own
 * chunks as a file that holds nothing else.
 */
import { AdzusError } from '../../../errors.ts'
import { DAMAGED_EXIF, type Exif, readExif } from '../../exif.ts'
import { checkSize } from '../../raster.ts'

/** A chunk: its four letters, its contents, and the bytes of both with their length. */
interface Chunk {
  name: string
  body: Uint8Array
  whole: Uint8Array
}

/** A picture, or the first frame of an animation. */
export interface WebpParts {
  /** Of the whole picture, in which a frame may take a part. */
  width: number
  height: number
  frame: { x: number; y: number; width: number; height: number }
  alpha: boolean
  compression: 'lossy' | 'lossless'
  /** A still picture of the frame's size, for the decoder. */
  file: Uint8Array<ArrayBuffer>
  exif?: Exif
  notes: string[]
}

const HEADER = 12
const ALPHA = 0x10
const ANIMATION = 0x02
/** Of a VP8X chunk: flags, and one less than the width and height, 24 bits each. */
const EXTENDED_BYTES = 10
/** Before the chunks of a frame: place, size, duration, flags. */
const FRAME_BYTES = 16
/** Pictures of one colour may take a few bytes whatever their size: so many pixels are believed. */
const BELIEVED = 2 ** 24
/** Of larger ones, a byte holds so many pixels at most. */
const PIXELS_A_BYTE = 4096

/** @throws AdzusError for files that are cut off, that hold no picture, or whose sizes disagree */
export function readWebp(bytes: Uint8Array, where: string): WebpParts {
  const broken = (got: string) => brokenWebp(where, got)
  const length = view(bytes).getUint32(4, true) + 8
  if (length > bytes.length) throw broken(`one of ${bytes.length} bytes that should have ${length}`)
  const chunks = chunksOf(bytes.subarray(HEADER, length), broken)
  const notes: string[] = []
  const extended = chunks[0]?.name === 'VP8X' ? chunks[0].body : undefined
  if (extended && extended.length < EXTENDED_BYTES) throw broken('a header that is too short')
  const flags = extended?.[0] ?? 0
  const frames = flags & ANIMATION ? chunks.filter(({ name }) => name === 'ANMF') : []
  const [first] = frames
  if (first && first.body.length < FRAME_BYTES) throw broken('a frame that is too short')
  if (frames.length > 1) notes.push(`it is an animation of ${frames.length} frames: the first is taken`)
  const own = first ? chunksOf(first.body.subarray(FRAME_BYTES), broken) : chunks
  const picture = own.find(({ name }) => name === 'VP8 ' || name === 'VP8L')
  if (!picture) throw broken('one without a picture')
  const opacity = own.find(({ name }) => name === 'ALPH')
  const size = picture.name === 'VP8L' ? sizeOfLossless(picture.body, broken) : sizeOfLossy(picture.body, broken)
  const canvas = extended ? { width: read24(extended, 4) + 1, height: read24(extended, 7) + 1 } : size
  const frame = first ? { x: 2 * read24(first.body, 0), y: 2 * read24(first.body, 3), ...size } : { x: 0, y: 0, ...size }
  if (frame.x + frame.width > canvas.width || frame.y + frame.height > canvas.height || (!first && !sameSize(size, canvas)))
    throw broken(`a picture of ${size.width} × ${size.height} in one of ${canvas.width} × ${canvas.height}`)
  const { width, height } = canvas
  checkSize(width, height, where)
  if (width * height > Math.max(BELIEVED, PIXELS_A_BYTE * length)) throw broken(`too little data for ${width} × ${height} pixels`)
  const exif = exifOf(chunks)
  if (exif && !exif.read) notes.push(DAMAGED_EXIF)
  const alpha = opacity !== undefined || (picture.name === 'VP8L' && size.alpha) || (flags & ALPHA) !== 0
  const compression = picture.name === 'VP8L' ? 'lossless' : 'lossy'
  return { width, height, frame, alpha, compression, file: stillFile(size, picture, opacity), exif: exif?.read, notes }
}

export function brokenWebp(where: string, got: string, cause?: unknown): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a WebP file that can be read', got, hint: 'Is the file complete?' }, { cause })
}

interface Size {
  width: number
  height: number
  alpha: boolean
}

const sameSize = (a: Pick<Size, 'width' | 'height'>, b: Pick<Size, 'width' | 'height'>) => a.width === b.width && a.height === b.height
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const read24 = (bytes: Uint8Array, at: number) => bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)

function chunksOf(bytes: Uint8Array, broken: (got: string) => AdzusError): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view(bytes).getUint32(at + 4, true)
    const end = at + 8 + length
    const name = String.fromCharCode(...bytes.subarray(at, at + 4))
    if (end > bytes.length) throw broken(`one that ends within its chunk ${JSON.stringify(name)}`)
    chunks.push({ name, body: bytes.subarray(at + 8, end), whole: bytes.subarray(at, end + (length % 2)) })
    at = end + (length % 2)
  }
  return chunks
}

/** The header of a key frame (RFC 6386, section 9.1): 14 bits each, above them a scale. */
function sizeOfLossy(body: Uint8Array, broken: (got: string) => AdzusError): Size {
  if (body.length < 10 || (body[0] & 1) !== 0 || body[3] !== 0x9d || body[4] !== 0x01 || body[5] !== 0x2a)
    throw broken('a picture without the header of a key frame')
  return { width: (body[6] | (body[7] << 8)) & 0x3fff, height: (body[8] | (body[9] << 8)) & 0x3fff, alpha: false }
}

/** RFC 9649, section 3.4: a signature, one less than width and height in 14 bits each, alpha. */
function sizeOfLossless(body: Uint8Array, broken: (got: string) => AdzusError): Size {
  if (body.length < 5 || body[0] !== 0x2f) throw broken('a picture without the signature of lossless ones')
  const bits = view(body).getUint32(1, true)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, alpha: ((bits >>> 28) & 1) === 1 }
}

/** A file with one picture, and what makes it transparent. */
function stillFile({ width, height }: Size, picture: Chunk, opacity: Chunk | undefined): Uint8Array<ArrayBuffer> {
  const parts = [picture.whole]
  if (opacity) {
    const header = new Uint8Array(8 + EXTENDED_BYTES)
    header.set(latin('VP8X'))
    header[4] = EXTENDED_BYTES
    header[8] = ALPHA
    const [w, h] = [width - 1, height - 1]
    header.set([w & 255, w >> 8, 0, h & 255, h >> 8, 0], 12)
    parts.unshift(header, opacity.whole)
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const file = new Uint8Array(HEADER + length)
  file.set(latin('RIFF'))
  view(file).setUint32(4, length + 4, true)
  file.set(latin('WEBP'), 8)
  let at = HEADER
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  return file
}

const latin = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0))

/** Some writers put the mark of JPEG's segment before it. */
function exifOf(chunks: readonly Chunk[]): { read?: Exif } | undefined {
  const found = chunks.find(({ name }) => name === 'EXIF')?.body
  if (!found) return undefined
  const marked = String.fromCharCode(...found.subarray(0, 6)) === 'Exif\0\0'
  return { read: readExif(marked ? found.subarray(6) : found) }
}
