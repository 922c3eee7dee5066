/**
 * @file PNG's chunks (PNG specification, third edition, chapters 5 and 11), walked before anything
 * is inflated or asked for memory.
 *
 * What decides about the pixels (IHDR, PLTE, IDAT, IEND) must be right: one header, the first
 * chunk, of a combination that exists; checksums; order. Everything else is ancillary: it is never
 * inflated, and where it is wrong it is left out with a note.
 */
import { AdzusError } from '../../../errors.ts'
import { crc32 } from '../../crc32.ts'
import { DAMAGED_EXIF, type Exif, readExif } from '../../exif.ts'
import { checkSize } from '../../raster.ts'
import { type Spacing, spacingOf } from '../../spacing.ts'
import { SIGNATURE } from './signature.ts'

/** The colour types. */
export const GREY = 0
export const RGB = 2
export const PALETTE = 3
export const GREY_ALPHA = 4
export const RGBA = 6

/** The bits a sample that each colour type may have. */
const DEPTHS: Record<number, readonly number[]> = {
  [GREY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  [GREY_ALPHA]: [8, 16],
  [RGBA]: [8, 16],
}

export interface PngHeader {
  width: number
  height: number
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  depth: number
  /** 0, 2, 3, 4 or 6. */
  colour: number
  /** In Adam7's seven passes. */
  interlaced: boolean
}

/** What the pixels are made of. */
export interface PngParts extends PngHeader {
  /** Three bytes an entry; with colour type 3 alone. */
  palette?: Uint8Array
  /**
   * tRNS where it belongs: the grey value or RGB that is transparent (two bytes a sample), or the
   * palette's opacities.
   */
  transparency?: Uint8Array
  /** The compressed pixels, in as many pieces as there are IDAT chunks. */
  data: Uint8Array[]
  /** pHYs: the size of a pixel, where its unit is the metre. */
  spacing?: Spacing
  exif?: Exif
  /** What was left out. */
  notes: string[]
}

interface Chunk {
  name: string
  data: Uint8Array
  /** Whether its checksum is right. */
  sound: boolean
}

/** The error of a PNG file that is not read. */
export function brokenPng(where: string, got: string, hint = 'Is the file complete?', cause?: unknown): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a PNG file', got, hint }, { cause })
}

/**
 * Walks the chunks of a file that begins with PNG's signature.
 * @throws AdzusError for what contradicts the specification in what the pixels depend on, and for
 *   sizes that cannot be segmented
 */
export function readChunks(bytes: Uint8Array, where: string): PngParts {
  const broken = (got: string) => brokenPng(where, `a broken one: ${got}`)
  const chunks = chunksOf(bytes, broken)
  const parts: PngParts = { ...headerOf(chunks.next().value, where), data: [], notes: [] }
  /** Whether something other than IDAT came behind IDAT. */
  let through = false
  let ended = false
  for (const { name, data, sound } of chunks) {
    if (isCritical(name) && !sound) throw broken(`the checksum of its chunk ${name} is wrong`)
    if (name === 'IEND') {
      ended = true
      break
    }
    if (name === 'IDAT') {
      if (through) throw broken('other chunks between its pixels’')
      parts.data.push(data)
      continue
    }
    through ||= parts.data.length > 0
    if (name === 'IHDR') throw broken('two headers (IHDR)')
    if (name === 'PLTE') takePalette(parts, data, broken)
    else if (isCritical(name))
      throw brokenPng(where, `one with an unknown chunk that its pixels depend on (${name})`, 'Save it as plain PNG.')
    else if (!sound) parts.notes.push(`its chunk ${name} has a wrong checksum and is left out`)
    else if (name === 'tRNS') takeTransparency(parts, data)
    else if (name === 'pHYs') takeDensity(parts, data)
    else if (name === 'eXIf') takeExif(parts, data)
    else {
      const fault = faultOf(name, data)
      if (fault) parts.notes.push(fault)
    }
  }
  if (parts.data.length === 0) throw broken('there are no pixels (IDAT)')
  if (parts.colour === PALETTE && !parts.palette) throw broken('a palette is missing (PLTE)')
  if (!ended) parts.notes.push('the file ends too soon, but all its pixels are there')
  return parts
}

const isCritical = (name: string) => name[0] <= 'Z'

/**
 * The chunks in their order. Where the file ends inside one that the pixels do not depend on,
 * nothing follows.
 */
function* chunksOf(bytes: Uint8Array, broken: (got: string) => AdzusError): Generator<Chunk, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = SIGNATURE.length; at < bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (name.length === 4 && !/^[A-Za-z]{4}$/.test(name)) throw broken(`no chunk at byte ${at}`)
    const end = at + 12 + (at + 4 <= bytes.length ? view.getUint32(at) : 0)
    if (end > bytes.length) {
      if (name.length < 4 || !isCritical(name) || name === 'IEND') return
      throw broken(`it ends inside its chunk ${name}`)
    }
    const sound = crc32(bytes.subarray(at + 4, end - 4)) === view.getUint32(end - 4)
    yield { name, data: bytes.subarray(at + 8, end - 4), sound }
    at = end
  }
}

function headerOf(chunk: Chunk | undefined, where: string): PngHeader {
  const broken = (got: string) => brokenPng(where, `a broken one: ${got}`)
  if (chunk?.name === 'CgBI')
    throw brokenPng(
      where,
      'Apple’s private kind of it (CgBI, as Xcode writes into apps)',
      'Turn it back with `pngcrush -revert-iphone-optimizations`.',
    )
  if (chunk?.name !== 'IHDR') throw broken(`its first chunk is ${chunk?.name ?? 'missing'} instead of IHDR`)
  if (!chunk.sound) throw broken('the checksum of its chunk IHDR is wrong')
  if (chunk.data.length !== 13) throw broken(`a header (IHDR) of ${chunk.data.length} bytes instead of 13`)
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colour, compression, filter, interlace] = chunk.data.subarray(8)
  if (!DEPTHS[colour]?.includes(depth)) throw broken(`no pixels have ${depth} bits a sample with colour type ${colour}`)
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw broken(`no PNG has compression ${compression}, filter ${filter} and interlacing ${interlace}`)
  checkSize(width, height, where)
  return { width, height, depth, colour, interlaced: interlace === 1 }
}

/** A palette counts with colour type 3; with true colours it is a suggestion for poor screens. */
function takePalette(parts: PngParts, data: Uint8Array, broken: (got: string) => AdzusError): void {
  if (parts.colour !== PALETTE) return
  if (parts.palette) throw broken('two palettes (PLTE)')
  if (parts.data.length > 0) throw broken('its palette (PLTE) comes behind the pixels')
  if (data.length === 0 || data.length % 3 !== 0 || data.length > 3 * 256) throw broken(`a palette (PLTE) of ${data.length} bytes`)
  parts.palette = data
}

function takeTransparency(parts: PngParts, data: Uint8Array): void {
  const { colour, palette } = parts
  const leave = (why: string) => parts.notes.push(`its transparency (tRNS) ${why} and is left out`)
  if (parts.transparency) leave('comes twice')
  else if (parts.data.length > 0) leave('comes behind the pixels')
  else if (colour === PALETTE && !palette) leave('comes before the palette')
  else if (colour === PALETTE && data.length > palette!.length / 3) {
    parts.notes.push(`its transparency (tRNS) has ${data.length} entries for a palette of ${palette!.length / 3}: the others are left out`)
    parts.transparency = data.subarray(0, palette!.length / 3)
  } else if (colour === GREY_ALPHA || colour === RGBA) leave('stands beside an alpha channel')
  else if (colour !== PALETTE && data.length !== (colour === GREY ? 2 : 6)) leave(`has ${data.length} bytes`)
  else parts.transparency = data
}

/** Pixels a unit along rows and columns, and whether the unit is the metre. */
function takeDensity(parts: PngParts, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  if (data.length !== 9) parts.notes.push(`its density (pHYs) has ${data.length} bytes and is left out`)
  else if (data[8] === 1) parts.spacing ??= spacingOf(view.getUint32(0), view.getUint32(4), 1000)
}

/** Some writers begin the chunk as JPEG's segment begins. */
function takeExif(parts: PngParts, data: Uint8Array): void {
  const prefixed = String.fromCharCode(...data.subarray(0, 6)) === 'Exif\0\0'
  const exif = readExif(prefixed ? data.subarray(6) : data)
  if (exif) parts.exif ??= exif
  else parts.notes.push(DAMAGED_EXIF)
}

/** Chunks that begin with a keyword of 1 to 79 bytes and a zero. */
const WITH_KEYWORD = ['tEXt', 'zTXt', 'iTXt', 'iCCP', 'sPLT']

/** What is to be said of an ancillary chunk, as far as that can be seen without inflating it. */
function faultOf(name: string, data: Uint8Array): string | undefined {
  if (name === 'acTL') return 'it is animated: its first picture is taken'
  if (!WITH_KEYWORD.includes(name)) return undefined
  const length = data.subarray(0, 80).indexOf(0)
  if (length < 1) return `its chunk ${name} has no keyword and is left out`
  if (name !== 'iCCP') return undefined
  const profile = String.fromCharCode(...data.subarray(0, length))
  return /srgb/i.test(profile) ? undefined : 'its colour profile (iCCP) is not applied'
}
