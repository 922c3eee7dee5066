/**
 * @file A page: what a directory says of its pixels, checked, before any of them is read.
 */
import type { Orientation } from '../../orientation.ts'
import { isOrientation } from '../../orientation.ts'
import { type Spacing, spacingOf } from '../../spacing.ts'
import type { Directory } from './directories.ts'
import { brokenTiff, unreadTiff } from './errors.ts'
import { TAG } from './tags.ts'

/** PhotometricInterpretation. */
export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, mask: 4, cmyk: 5, ycc: 6, lab: 8, iccLab: 9 } as const

/** NewSubfileType, bit by bit. */
const REDUCED = 1
const MASK = 4

/** Millimetres of ResolutionUnit: inch and centimetre; 1 is no length. */
const UNITS: Record<number, number> = { 2: 25.4, 3: 10 }

/** What a sample is; those of SampleFormat 4 (undefined) are taken for unsigned integers. */
export type SampleKind = 'uint' | 'int' | 'float' | 'complex'
const KINDS: Record<number, SampleKind> = { 1: 'uint', 2: 'int', 3: 'float', 4: 'uint', 5: 'complex', 6: 'complex' }

/** How a page's pixels are stored. */
export interface Page {
  readonly directory: Directory
  /** Its place in the file, from 1, for messages. */
  readonly number: number
  readonly width: number
  readonly height: number
  /** Samples a pixel. */
  readonly samples: number
  readonly bits: number
  readonly kind: SampleKind
  readonly compression: number
  readonly photometric: number
  readonly predictor: number
  /** Whether each sample has a plane of its own. */
  readonly planar: boolean
  /** Bits are to be read from the lowest to the highest. */
  readonly reversed: boolean
  /** What samples beyond the colours are: 1 and 2 are alpha, 1 multiplied into the colours. */
  readonly extras: readonly number[]
  readonly tiled: boolean
  /** The size of a tile; a strip is as wide as the page. */
  readonly chunkWidth: number
  readonly chunkHeight: number
  readonly reduced: boolean
  readonly mask: boolean
  readonly orientation?: Orientation
  /** By resolution and its unit. */
  readonly spacing?: Spacing
  /** Pixels a unit, whatever unit that is (ImageJ's). */
  readonly resolution?: readonly [x: number, y: number]
}

/** A side of more pixels than this has no picture. */
const MAX_SIDE = 2 ** 31
const MAX_SAMPLES = 65535

/** @throws AdzusError for what contradicts itself */
export async function readPage(directory: Directory, number: number): Promise<Page> {
  const { where } = directory.ranges
  const one = async (tag: number, otherwise: number) => (await directory.number(tag)) ?? otherwise
  const [width, height] = [await one(TAG.width, 0), await one(TAG.height, 0)]
  const samples = await one(TAG.samples, 1)
  const isCount = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most
  if (!isCount(width, MAX_SIDE) || !isCount(height, MAX_SIDE) || !isCount(samples, MAX_SAMPLES))
    throw brokenTiff(where, `page ${number} of ${width} × ${height} pixels of ${samples} samples`)
  const bits = await sameOf(directory, TAG.bits, 1, number)
  const format = await sameOf(directory, TAG.sampleFormat, 1, number)
  const tiled = directory.has(TAG.tileWidth)
  const chunkWidth = tiled ? await one(TAG.tileWidth, 0) : width
  const chunkHeight = tiled ? await one(TAG.tileHeight, 0) : Math.min(height, await one(TAG.rowsPerStrip, height))
  if (!isCount(chunkWidth, MAX_SIDE) || !isCount(chunkHeight, MAX_SIDE))
    throw brokenTiff(
      where,
      `page ${number} with ${tiled ? `tiles of ${chunkWidth} × ${chunkHeight} pixels` : `strips of ${chunkHeight} rows`}`,
    )
  const subfile = await one(TAG.subfileType, 0)
  const photometric = await one(TAG.photometric, samples < 3 ? PHOTOMETRIC.blackIsZero : PHOTOMETRIC.rgb)
  const orientation = await one(TAG.orientation, 1)
  const [xs, ys] = [await directory.number(TAG.xResolution), await directory.number(TAG.yResolution)]
  const resolution =
    xs !== undefined && xs > 0 && Number.isFinite(xs)
      ? ([xs, ys !== undefined && ys > 0 && Number.isFinite(ys) ? ys : xs] as const)
      : undefined
  return {
    directory,
    number,
    width,
    height,
    samples,
    bits,
    kind: KINDS[format] ?? 'complex',
    compression: await one(TAG.compression, 1),
    photometric,
    predictor: await one(TAG.predictor, 1),
    planar: samples > 1 && (await one(TAG.planar, 1)) === 2,
    reversed: (await one(TAG.fillOrder, 1)) === 2,
    extras: Array.from(await directory.numbers(TAG.extraSamples, MAX_SAMPLES)),
    tiled,
    chunkWidth,
    chunkHeight,
    reduced: (subfile & REDUCED) !== 0,
    mask: (subfile & MASK) !== 0 || photometric === PHOTOMETRIC.mask,
    orientation: isOrientation(orientation) ? orientation : undefined,
    spacing: resolution && spacingOf(...resolution, UNITS[await one(TAG.resolutionUnit, 2)] ?? 0),
    resolution,
  }
}

/** The number that a tag has for each sample, which must be one and the same. */
async function sameOf(directory: Directory, tag: number, otherwise: number, number: number): Promise<number> {
  const values = await directory.numbers(tag, MAX_SAMPLES)
  if (values.some((value) => value !== values[0]))
    throw unreadTiff(
      directory.ranges.where,
      `page ${number} with samples of different kinds (${values.slice(0, 4).join(', ')}; tag ${tag})`,
    )
  return values[0] ?? otherwise
}

/** The type of a sample as it is stored: `uint8`, `int16`, `float32`, … */
export function typeOf({ kind, bits }: Page): string {
  return `${kind}${bits}`
}

const COMPRESSIONS: Record<number, string> = {
  1: 'none',
  2: 'CCITT Huffman',
  3: 'CCITT G3',
  4: 'CCITT G4',
  5: 'LZW',
  6: 'old JPEG',
  7: 'JPEG',
  8: 'deflate',
  32773: 'PackBits',
  32946: 'deflate',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  33007: 'JPEG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34892: 'lossy JPEG of DNG',
  34925: 'LZMA',
  50000: 'zstd',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
}

/** The name of a compression. */
export function compressionName(compression: number): string {
  return COMPRESSIONS[compression] ?? `number ${compression}`
}
