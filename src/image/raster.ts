/**
 * @file A raster: 8-bit RGB pixels, row-major, top row first. What every picture becomes before
 * anything else looks at it.
 *
 * Pictures come in many kinds; they are brought to RGB so that what a person sees is what is
 * segmented: grey is repeated, alpha is laid over white, and samples of more than 8 bits are scaled
 * to what the picture uses (`window.ts`).
 */
import { check } from '../errors.ts'
import { type Window, windowOf } from './window.ts'

export interface Raster {
  width: number
  height: number
  /** width · height · 3 samples. */
  data: Uint8Array
}

/** Any picture in memory, as canvases, decoders and `sharp` hand it out. */
export interface Pixels {
  width: number
  height: number
  /**
   * width · height · channels samples; channels (1 grey, 2 grey + alpha, 3 RGB, 4 RGBA) follow from
   * the length.
   */
  data: Uint8Array | Uint8ClampedArray | Uint16Array
}

/** What a decoder has found in a file. */
export interface Decoded extends Pixels {
  /**
   * What is to be said of the file although it was read: what is wrong with it, or was left out.
   * Each is half a sentence about "it".
   */
  notes: string[]
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

/**
 * Brings any picture to 8-bit RGB.
 * @param window which samples become black and white; what lies outside is clamped
 * @throws AdzusError for what is no picture (floats among it: nothing says what is white), and for
 *   sizes that cannot be segmented
 */
export function toRaster(pixels: Pixels, where = 'image', window: Window = 'auto'): Raster {
  checkKind(pixels, where)
  const { width, height, data } = pixels
  checkSize(width, height, where)
  const channels = data.length / (width * height)
  check([1, 2, 3, 4].includes(channels), () => ({
    what: 'image: data',
    where,
    expected: `${width} × ${height} × 1, 2, 3 or 4 samples`,
    got: `${data.length}`,
  }))
  const colours = channels > 2 ? 3 : 1
  const opaque = data instanceof Uint16Array ? 65535 : 255
  const [black, white] = windowOf(data, channels, colours, window)
  check(black < white, () => ({ what: 'image: window', where, expected: 'two numbers, black below white', got: `${black}, ${white}` }))
  if (channels === 3 && opaque === 255 && black === 0 && white === 255) return { width, height, data: Uint8Array.from(data) }
  const shades = new Float64Array(opaque + 1)
  for (let v = 0; v <= opaque; v++) shades[v] = Math.min(255, Math.max(0, ((v - black) / (white - black)) * 255))
  const out = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const at = i * channels
    const alpha = channels % 2 === 0 ? data[at + channels - 1] / opaque : 1
    for (let c = 0; c < 3; c++) {
      const value = shades[data[at + (colours === 3 ? c : 0)]]
      out[i * 3 + c] = Math.round(value * alpha + 255 * (1 - alpha))
    }
  }
  return { width, height, data: out }
}

/** Programs without types pass anything. */
function checkKind(pixels: unknown, where: string): void {
  const data = typeof pixels === 'object' && pixels !== null && 'data' in pixels ? pixels.data : undefined
  check(
    [Uint8Array, Uint8ClampedArray, Uint16Array].some((kind) => data instanceof kind),
    () => ({
      what: 'image',
      where,
      expected:
        'a file’s bytes as a Uint8Array, or pixels { width, height, data } with data as Uint8Array, Uint8ClampedArray or Uint16Array',
      got: data === undefined ? kindOf(pixels) : `data as ${kindOf(data)}`,
      hint: pixels instanceof ArrayBuffer ? 'Pass new Uint8Array(buffer).' : undefined,
    }),
  )
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : `${value === null ? null : typeof value}`
}
