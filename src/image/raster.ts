/**
 * @file Rasters: the pixels of an image, row-major, top row first. A `Raster` keeps what its file
 * has; an `RgbRaster` is what everything behind the decoders works on. `window.ts` turns the one
 * into the other.
 */
import { check } from '../errors.ts'
import { isOrientation, type Orientation } from './orientation.ts'
import type { Spacing } from './spacing.ts'

/** The types that samples may have. */
export type Samples = Uint8Array | Uint16Array | Int16Array | Float32Array

/** An image with the values of its file. */
export interface Raster {
  width: number
  height: number
  /** Samples a pixel: 1 (grey), 2 (grey, alpha), 3 (RGB), 4 (RGBA), or more. */
  channels: number
  /** width · height · channels samples. */
  data: Samples
  /**
   * Names of the channels where these are measurements of their own (fluorescence, for example);
   * nothing where they are grey or colours.
   */
  channelNames?: readonly string[]
  /** Size of a pixel, where the file tells it. */
  spacing?: Spacing
  /** How viewers turn it (EXIF, 1 … 8); nothing where that is not told. */
  orientation?: Orientation
  /** The samples that its file wants to be shown black and white. */
  window?: readonly [black: number, white: number]
  /** What it is called within its file, for example a page or a slice. */
  name?: string
}

/** Measurements that a picture was made of: fluorescence, for example. */
export interface Channels {
  names: readonly string[]
  /** width · height · as many samples as there are names, with the values of the file. */
  data: Samples
}

/** An image of 8-bit RGB pixels: what is segmented, measured and shown. */
export interface RgbRaster {
  width: number
  height: number
  /** width · height · 3 samples. */
  data: Uint8Array
  /** Size of a pixel, where its file tells it. */
  spacing?: Spacing
  /** What it was made of, where that are measurements and not colours. */
  channels?: Channels
}

/**
 * Any picture in memory, as canvases, decoders and `sharp` hand it out. Its channels (1 grey, 2
 * grey + alpha, 3 RGB, 4 RGBA) follow from the length of its data. Opaque is the largest number of
 * integer types, and 1 for floats.
 */
export interface Pixels extends Pick<Raster, 'width' | 'height' | 'spacing' | 'orientation' | 'window'> {
  /** width · height · channels samples. */
  data: Samples | Uint8ClampedArray
}

/**
 * More pixels than this are refused, before memory is asked for: RGB, labels and results together
 * take some 12 bytes a pixel.
 */
const MAX_PIXELS = 2 ** 28
/** One latent cell; smaller pictures have nothing to segment. */
const MIN_SIDE = 8

/** Fails for sizes that cannot be segmented. `where` names the picture. */
export function checkSize(width: number, height: number, where: string): void {
  check(
    Number.isInteger(width) && Number.isInteger(height) && width >= MIN_SIDE && height >= MIN_SIDE && width * height <= MAX_PIXELS,
    () => ({
      what: 'image: size',
      where,
      expected: `sides of ${MIN_SIDE} pixels or more and at most ${MAX_PIXELS / 2 ** 20} megapixels (2^28 pixels)`,
      got: `${width} × ${height}`,
      hint: width * height > MAX_PIXELS ? 'Cut the picture into tiles.' : undefined,
    }),
  )
}

const KINDS = [Uint8Array, Uint8ClampedArray, Uint16Array, Int16Array, Float32Array]

/**
 * Pixels in memory as a raster; the samples are not copied.
 * @param where names the picture in errors
 * @throws AdzusError for what is no picture, and for sizes that cannot be segmented
 */
export function toRaster(pixels: Pixels, where = 'image'): Raster {
  checkKind(pixels, where)
  const { width, height, data, spacing, orientation, window } = pixels
  checkSize(width, height, where)
  const channels = data.length / (width * height)
  check([1, 2, 3, 4].includes(channels), () => ({
    what: 'image: data',
    where,
    expected: `${width} × ${height} × 1, 2, 3 or 4 samples`,
    got: `${data.length}`,
  }))
  check(orientation === undefined || isOrientation(orientation), () => ({
    what: 'image: orientation',
    where,
    expected: 'a whole number from 1 to 8, as in EXIF',
    got: `${orientation}`,
  }))
  const samples = data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data
  return { width, height, channels, data: samples, spacing, orientation, window }
}

/** Programs without types pass anything. */
function checkKind(pixels: unknown, where: string): void {
  const data = typeof pixels === 'object' && pixels !== null && 'data' in pixels ? pixels.data : undefined
  check(
    KINDS.some((kind) => data instanceof kind),
    () => ({
      what: 'image',
      where,
      expected: `a file’s bytes as a Uint8Array, or pixels { width, height, data } with data as ${kindsListed()}`,
      got: data === undefined ? kindOf(pixels) : `data as ${kindOf(data)}`,
      hint: pixels instanceof ArrayBuffer ? 'Pass new Uint8Array(buffer).' : undefined,
    }),
  )
}

/** Lists are put into words when an error needs them: the first time takes the runtime 40 ms. */
function kindsListed(): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(KINDS.map(({ name }) => name))
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : `${value === null ? null : typeof value}`
}
