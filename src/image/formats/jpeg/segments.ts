/**
 * @file JPEG's segments (ITU-T T.81, annex B), walked before anything is decoded: what kind of JPEG
 * it is, whether all its scans are there, and the same picture without what the pixels do not
 * depend on.
 *
 * libjpeg tells of the first thing it finds wrong and is silent afterwards. A harmless one (bytes
 * between segments) must not hide a grave one (missing data), so it gets a file in which all that
 * is harmless has been left out.
 */
import { AdzusError } from '../../../errors.ts'
import { DAMAGED_EXIF, type Exif, readExif } from '../../exif.ts'
import { checkSize } from '../../raster.ts'
import { type Spacing, spacingOf } from '../../spacing.ts'

/** Markers, the byte behind 0xff. */
const SOI = 0xd8
const EOI = 0xd9
export const SOS = 0xda
export const DHT = 0xc4
const DQT = 0xdb
export const DRI = 0xdd
const APP0 = 0xe0
const APP1 = 0xe1
const APP14 = 0xee
/** Frames of JPEG-LS. */
const SOF55 = 0xf7

/** Millimetres of the units of a JFIF header's density: inch and centimetre. */
const DENSITY_UNITS: Record<number, number> = { 1: 25.4, 2: 10 }

/** More scans than this are an attack: each is a pass over the whole picture. */
const MAX_SCANS = 100
/** Numbers of a block of 8 × 8 pixels. */
const BLOCK = 64

export interface Component {
  id: number
  /** Sampling factors. */
  h: number
  v: number
}

export interface Frame {
  width: number
  height: number
  progressive: boolean
  components: Component[]
}

/** A segment with its marker and length; for a scan also the coded data behind it. */
export interface Segment {
  marker: number
  /** Behind the length. */
  body: Uint8Array
  /** Coded data, with a scan alone. */
  data?: Uint8Array
}

export interface JpegParts {
  frame: Frame
  /** Those that the pixels depend on, frame and scans among them, in their order. */
  segments: Segment[]
  /** Where there is a JFIF header; colours depend on it. */
  jfif: boolean
  /**
   * Adobe's colour transform, where it is told: 0 for RGB and CMYK, 1 for YCC and YCCK (and unknown
   * ones, as in libjpeg).
   */
  transform?: number
  /** The size of a pixel as the JFIF header tells it, where its unit is a length. */
  spacing?: Spacing
  exif?: Exif
  /** Whether the end marker is there. */
  ended: boolean
  notes: string[]
}

/** The error of a JPEG file that is not read. */
export function brokenJpeg(where: string, got: string, hint = 'Is the file complete?', cause?: unknown): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a JPEG file', got, hint }, { cause })
}

/**
 * Walks the segments of a file that begins as JPEG does.
 * @throws AdzusError for kinds of JPEG that are not read, for what contradicts itself or is
 *   missing, and for sizes that cannot be segmented
 * @param checkSides fails for sizes that are not wanted; parts of other files have limits of their
 *   own
 */
export function readSegments(bytes: Uint8Array, where: string, checkSides = checkSize): JpegParts {
  const broken = (got: string) => brokenJpeg(where, `a broken one: ${got}`)
  const segments: Segment[] = []
  let frame: Frame | undefined
  let jfif = false
  let transform: number | undefined
  let spacing: Spacing | undefined
  /** The first EXIF segment. */
  let exif: { read: Exif | undefined } | undefined
  let stray = 0
  let scans = 0
  let ended = false
  let at = 2
  while (at < bytes.length) {
    const marker = bytes[at + 1]
    if (bytes[at] !== 0xff || marker === 0xff || marker === undefined) {
      // Any number of 0xff may stand before a marker.
      if (bytes[at] !== 0xff) stray++
      at++
      continue
    }
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      stray += 2
      at += 2
      continue
    }
    if (marker === EOI) {
      ended = true
      break
    }
    if (marker === SOI) throw broken('a second beginning')
    const length = at + 3 < bytes.length ? (bytes[at + 2] << 8) | bytes[at + 3] : 2
    const end = at + 2 + length
    if (length < 2) throw broken(`a segment of ${length} bytes at byte ${at}`)
    // A segment that is cut off; the pixels may be there.
    if (end > bytes.length) break
    const segment: Segment = { marker, body: bytes.subarray(at + 4, end) }
    at = end
    if (marker === SOS) {
      if (!frame) throw broken('a scan without a frame header')
      if (++scans > MAX_SCANS) throw broken(`more than ${MAX_SCANS} scans`)
      at = endOfScan(bytes, end)
      segment.data = bytes.subarray(end, at)
      // Without progression these say nothing; some writers leave zeros.
      if (!frame.progressive) segment.body = Uint8Array.from([...segment.body.subarray(0, -3), 0, BLOCK - 1, 0])
    } else if (isFrame(marker)) {
      if (frame) throw broken('two frame headers')
      frame = frameOf(segment, where)
      checkSides(frame.width, frame.height, where)
    } else if (marker === APP0 && startsWith(segment.body, 'JFIF\0') && segment.body.length >= 14) {
      if (!jfif) spacing = densityOf(segment)
      jfif = true
    } else if (marker === APP1 && startsWith(segment.body, 'Exif\0')) exif ??= { read: readExif(segment.body.subarray(6)) }
    else if (marker === APP14 && startsWith(segment.body, 'Adobe') && segment.body.length >= 12) transform = segment.body[11] === 0 ? 0 : 1
    if (isFrame(marker) || [DHT, DQT, DRI, SOS].includes(marker)) segments.push(segment)
  }
  if (!frame) throw broken('no frame header')
  if (scans === 0) throw broken('no pixels')
  const notes = stray > 0 ? [`${stray} bytes between its segments belong to none and are left out`] : []
  if (exif && !exif.read) notes.push(DAMAGED_EXIF)
  const parts = { frame, segments, jfif, transform, spacing, exif: exif?.read, ended, notes }
  checkComplete(parts, broken)
  return parts
}

/**
 * Puts a file together again: what decides about colours in a form that every decoder knows, the
 * segments, the end.
 */
export function writeSegments({ segments, jfif, transform }: Pick<JpegParts, 'segments' | 'jfif' | 'transform'>): Uint8Array<ArrayBuffer> {
  const all = [...segments]
  if (transform !== undefined) all.unshift({ marker: APP14, body: Uint8Array.of(...latin('Adobe'), 0, 100, 0, 0, 0, 0, transform) })
  if (jfif) all.unshift({ marker: APP0, body: Uint8Array.of(...latin('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0) })
  const length = all.reduce((sum, { body, data }) => sum + 4 + body.length + (data?.length ?? 0), 4)
  const out = new Uint8Array(length)
  out.set([0xff, SOI])
  let at = 2
  for (const { marker, body, data } of all) {
    out.set([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255], at)
    out.set(body, at + 4)
    at += 4 + body.length
    if (data) out.set(data, at)
    at += data?.length ?? 0
  }
  out.set([0xff, EOI], at)
  return out
}

/** The size of a pixel by a JFIF header: pixels a unit, which may be none. */
function densityOf({ body }: Segment): Spacing | undefined {
  return spacingOf((body[8] << 8) | body[9], (body[10] << 8) | body[11], DENSITY_UNITS[body[7]] ?? 0)
}

/**
 * Where the marker behind a scan's data stands (or the file ends): 0xff is data before 0 and before
 * restart markers.
 */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]
    if (next === undefined) return at
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
    if (next !== 0xff) at++
  }
  return bytes.length
}

const isFrame = (marker: number) => (marker >= 0xc0 && marker <= 0xcf && ![DHT, 0xc8, 0xcc].includes(marker)) || marker === SOF55

function frameOf({ marker, body }: Segment, where: string): Frame {
  const unread = (got: string) => brokenJpeg(where, got, 'Convert it to PNG, or to a plain JPEG file.')
  if ([0xc3, 0xc7, 0xcb, 0xcf].includes(marker)) throw unread('a lossless one')
  if (marker === SOF55) throw unread('a JPEG-LS one')
  if (marker >= 0xc9) throw unread('one with arithmetic coding')
  if (marker >= 0xc5) throw unread('a hierarchical one')
  const [bits] = body
  if (body.length >= 6 && bits !== 8) throw brokenJpeg(where, `one with ${bits} bits a sample`, 'Convert it to a 16-bit PNG.')
  const count = body[5]
  if (body.length < 6 || body.length !== 6 + 3 * count)
    throw brokenJpeg(where, 'a broken one: a frame header of another length than it says')
  const [height, width] = [(body[1] << 8) | body[2], (body[3] << 8) | body[4]]
  if (height === 0) throw unread('one that tells its height behind its pixels (DNL)')
  if (![1, 3, 4].includes(count)) throw unread(`one of ${count} channels`)
  const components = Array.from({ length: count }, (_, i) => {
    const [id, factors] = body.subarray(6 + 3 * i)
    return { id, h: factors >> 4, v: factors & 15 }
  })
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4))
    throw brokenJpeg(where, 'a broken one: sampling factors out of range')
  return { width, height, progressive: marker === 0xc2, components }
}

/**
 * The numbers of the components that a scan codes, and what of them: coefficients from `first` to
 * `last` except the lowest `low` bits.
 */
export function scanOf(
  { body }: Segment,
  { components, progressive }: Frame,
): { of: number[]; first: number; last: number; low: number } | undefined {
  const count = body[0]
  if (body.length !== 4 + 2 * count) return undefined
  const of = Array.from({ length: count }, (_, i) => components.findIndex(({ id }) => id === body[1 + 2 * i]))
  if (of.includes(-1)) return undefined
  const [first, last, bits] = body.subarray(1 + 2 * count)
  if (!progressive) return { of, first: 0, last: BLOCK - 1, low: 0 }
  return last < BLOCK ? { of, first, last, low: bits & 15 } : undefined
}

/**
 * Every component's coefficients must come in some scan, or the decoder fills up with grey and says
 * nothing. Where the last bits of a progressive file are not there although it ends properly, its
 * maker wanted it so.
 */
function checkComplete({ frame, segments, ended, notes }: JpegParts, broken: (got: string) => AdzusError): void {
  const { width, height, components } = frame
  /** How many of the lowest bits of each coefficient are missing. */
  const missing = components.map(() => new Uint8Array(BLOCK).fill(255))
  let bytes = 0
  for (const segment of segments) {
    if (segment.marker !== SOS) continue
    const scan = scanOf(segment, frame)
    if (!scan) throw broken('a scan of something that its frame does not have')
    bytes += segment.data!.length
    for (const c of scan.of) missing[c].fill(scan.low, scan.first, scan.last + 1)
  }
  if (missing.some((bits) => bits[0] === 255)) throw broken('the scans of some channels are missing')
  const [across, down] = [Math.max(...components.map(({ h }) => 8 * h)), Math.max(...components.map(({ v }) => 8 * v))]
  // A block has one bit at least: what has less is not worth a picture's memory.
  if (8 * bytes < Math.ceil(width / across) * Math.ceil(height / down)) throw broken(`too little data for ${width} × ${height} pixels`)
  if (missing.every((bits) => bits.every((bit) => bit === 0))) return
  if (!ended) throw broken('no end marker, and its last scans are missing')
  notes.push('its last scans are missing: it has less detail than it was made for')
}

const latin = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0))

const startsWith = (bytes: Uint8Array, text: string) => latin(text).every((code, i) => bytes[i] === code)
