/**
 * @file Writing PNG. Compressing is most of the work. Rows are not filtered: labels and masks
 * compress as well without.
 */
import { isRecord, isSamples, isString, isWhole, must, mustBeNamed, mustBeOptions } from '../arguments.ts'
import { compress } from './compress.ts'
import { crc32 } from './crc32.ts'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** Of the format. */
const MAX_SIDE = 2 ** 31 - 1
/** Of a chunk's contents. */
const MAX_CHUNK = 2 ** 31 - 1
/** Bytes of rows that are compressed at once where they are made one after another. */
const BLOCK = 2 ** 20
const GREY = 0
const RGB = 2
const PALETTE = 3

/** What a PNG file has besides its pixels. */
export interface PngOptions {
  /**
   * What made the picture, in Latin letters: the text `Software` (PNG's specification, 11.3.4),
   * right behind the header.
   */
  software?: string
  /** At most 256 colours: the samples, of 8 bits in one channel, are their indices. */
  palette?: readonly (readonly [red: number, green: number, blue: number])[]
}

/** Samples of 8 or 16 bits in 1 or 3 channels. */
export interface PngRaster {
  width: number
  height: number
  /** width · height · 1 or 3 samples. */
  data: Uint8Array | Uint16Array
}

/**
 * Grey (1 channel), indices of a palette (1 channel) or RGB (3 channels), 8 or 16 bits by the type
 * of `data`.
 * @throws AdzusError for sizes that are no whole numbers from 1 on, data of another type or length,
 *   and palettes that do not fit it
 * @example
 * await writeFile('mask.png', await encodePng(width, height, mask))
 * await writeFile('picture.png', await encodePng(view.image))
 */
export function encodePng(raster: PngRaster, options?: PngOptions): Promise<Uint8Array<ArrayBuffer>>
export function encodePng(
  width: number,
  height: number,
  data: Uint8Array | Uint16Array,
  options?: PngOptions,
): Promise<Uint8Array<ArrayBuffer>>
export async function encodePng(
  first: PngRaster | number,
  second?: PngOptions | number,
  data?: Uint8Array | Uint16Array,
  options?: PngOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (isRecord(first)) return encode(first as unknown as PngRaster, second as PngOptions | undefined)
  return encode({ width: first, height: second, data } as PngRaster, options)
}

async function encode({ width, height, data }: PngRaster, options: PngOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions(width, height, options)
  const { palette } = options
  const isData = data instanceof Uint8Array || data instanceof Uint16Array
  const channels = isData ? data.length / (width * height) : 0
  must('data', channels === 1 || channels === 3, `a Uint8Array or Uint16Array of ${width} × ${height} × 1 or 3 samples`, data)
  const fits = data instanceof Uint8Array && channels === 1 && isPalette(palette)
  must('palette', palette === undefined || fits, '1 to 256 colours [red, green, blue], for samples of 8 bits in one channel', palette)
  const colour = palette ? PALETTE : channels === 3 ? RGB : GREY
  const scanned = [scanlines(data, width * channels, height)]
  return fileOf({ width, height, depth: data instanceof Uint16Array ? 16 : 8, colour }, scanned, options)
}

/**
 * A PNG of one channel whose rows are made one after another, for pictures that memory does not
 * hold: 8 or 16 bits by the type of the first row.
 * @param row the samples of a row, from the top; the list may be the same each time
 * @throws AdzusError for sizes that are no whole numbers from 1 on, and rows of another length
 * @example
 * const tiled = await adzus.segmentTiles(image)
 * const png = await encodePngRows(tiled.width, tiled.height, (y) => tiled.maskRow(y))
 */
export async function encodePngRows(
  width: number,
  height: number,
  row: (y: number) => Uint8Array | Uint16Array,
  options: Pick<PngOptions, 'software'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions(width, height, options)
  const first = row(0)
  const depth = first instanceof Uint16Array ? 16 : 8
  function* lines() {
    const together = Math.max(1, Math.floor(BLOCK / (width * first.BYTES_PER_ELEMENT)))
    const block = first instanceof Uint16Array ? new Uint16Array(together * width) : new Uint8Array(together * width)
    for (let y = 0; y < height; y += together) {
      const count = Math.min(together, height - y)
      for (let k = 0; k < count; k++) {
        const samples = row(y + k)
        must('row', samples.length === width, `${width} samples`, samples.length)
        block.set(samples, k * width)
      }
      yield scanlines(block.subarray(0, count * width), width, count)
    }
  }
  return fileOf({ width, height, depth, colour: GREY }, lines(), options)
}

function checkOptions(width: number, height: number, options: PngOptions): void {
  mustBeOptions('options', options)
  mustBeNamed('options', options, ['software', 'palette'])
  must('width and height', isWhole(width, 1, MAX_SIDE) && isWhole(height, 1, MAX_SIDE), `whole numbers from 1 to ${MAX_SIDE}`, [
    width,
    height,
  ])
  must('software', options.software === undefined || isString(options.software), 'a text', options.software)
}

interface Header {
  width: number
  height: number
  depth: 8 | 16
  colour: number
}

async function fileOf(
  { width, height, depth, colour }: Header,
  lines: Iterable<Uint8Array<ArrayBuffer>>,
  { software, palette }: PngOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new DataView(new ArrayBuffer(13))
  header.setUint32(0, width)
  header.setUint32(4, height)
  header.setUint8(8, depth)
  header.setUint8(9, colour)
  const compressed = await compress(lines, 'deflate')
  const parts = [
    SIGNATURE,
    chunk('IHDR', new Uint8Array(header.buffer)),
    ...(software === undefined ? [] : [chunk('tEXt', new TextEncoder().encode(`Software\0${software}`))]),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette.flat()))] : []),
    ...piecesOf(compressed).map((bytes) => chunk('IDAT', bytes)),
    chunk('IEND', new Uint8Array()),
  ]
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

function isPalette(palette: unknown): boolean {
  if (!Array.isArray(palette) || palette.length < 1 || palette.length > 256) return false
  return palette.every((colour) => isSamples(colour, 3) && colour.every((sample: unknown) => isWhole(sample, 0, 255)))
}

/** Bytes in pieces that a chunk may hold; one where there are none. */
function piecesOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const count = Math.max(1, Math.ceil(bytes.length / MAX_CHUNK))
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * MAX_CHUNK, (i + 1) * MAX_CHUNK))
}

/**
 * Each row behind the number of its filter (0, none); samples of 16 bits with the high byte first.
 */
function scanlines(data: Uint8Array | Uint16Array, samples: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = samples * data.BYTES_PER_ELEMENT
  const out = new Uint8Array(height * (1 + bytes))
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * samples, (y + 1) * samples)
    const at = y * (1 + bytes) + 1
    if (row instanceof Uint8Array) out.set(row, at)
    else
      for (let i = 0; i < samples; i++) {
        out[at + 2 * i] = row[i] >> 8
        out[at + 2 * i + 1] = row[i] & 255
      }
  }
  return out
}

/** Length, name, contents, checksum of name and contents. */
function chunk(name: string, contents: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(contents.length + 12)
  const view = new DataView(out.buffer)
  view.setUint32(0, contents.length)
  out.set(new TextEncoder().encode(name), 4)
  out.set(contents, 8)
  view.setUint32(contents.length + 8, crc32(out.subarray(4, contents.length + 8)))
  return out
}
