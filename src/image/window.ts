/**
 * @file From a file's values to the 8-bit RGB that is segmented, the one step where numbers are
 * chosen: which samples become black and which white. Grey is repeated, alpha is laid over white.
 *
 * Detectors of 10 to 16 bits seldom use their whole range, and single hot pixels say nothing about
 * the rest. So black and white are percentiles of the picture's own samples, as viewers for
 * microscopy and radiography choose them, unless the file names a window itself.
 */
import { isRecord, isString, must } from '../arguments.ts'
import { check } from '../errors.ts'
import { rank } from './ranking.ts'
import type { Raster, RgbRaster, Samples } from './raster.ts'

/**
 * Which samples become black and white; what lies outside is clamped.
 *
 * - `'auto'`: samples of 8 bits as they are; others by the window of their file, else by the
 *   percentiles 0.1 and 99.9;
 * - `'full'`: the whole range of the samples' type; of floats, the least and the largest;
 * - `[black, white]`: two numbers, in the file's values;
 * - `{ percentiles: [low, high] }`: percentiles of the picture's own samples, 0 … 100.
 */
export type Window =
  | 'auto'
  | 'full'
  | readonly [black: number, white: number]
  | { readonly percentiles: readonly [low: number, high: number] }

const AUTO = [0.1, 99.9] as const

/** The windows there are, for messages. */
export const WINDOWS = "'auto', 'full', [black, white] with black < white, or { percentiles: [low, high] } with 0 ≤ low < high ≤ 100"

/** Whether something is a window: of two numbers, the first is less. */
export function isWindow(value: unknown): value is Window {
  if (value === 'auto' || value === 'full' || isRising(value)) return true
  if (!isRecord(value) || !isRising(value['percentiles'])) return false
  const [low, high] = value['percentiles']
  return low >= 0 && high <= 100
}

/** The same window of values of its own, which later changes of the given one do not reach. */
export function copyWindow(window: Window): Window {
  if (typeof window === 'string') return window
  return 'percentiles' in window ? { percentiles: [...window.percentiles] } : [...window]
}

function isRising(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1]
}

/**
 * Parses what the command line takes: `auto`, `full`, `black,white` or `p0.5,p99.5`.
 * @throws AdzusError for anything else, for black that is not below white, and for percentiles
 *   beyond 0 … 100
 * @example
 * parseWindow('-1000,400') // [-1000, 400]
 * parseWindow('p0.5,p99.5') // { percentiles: [0.5, 99.5] }
 */
export function parseWindow(text: string): Window {
  const expected = 'auto, full, BLACK,WHITE (black below white), or pLOW,pHIGH (percentiles from 0 to 100)'
  must('window', isString(text), expected, text)
  const parts = text.split(',').map((part) => part.trim())
  const percentiles = parts.every((part) => part.startsWith('p'))
  const numbers = parts.map((part) => (percentiles ? part.slice(1) : part)).map((part) => (part === '' ? Number.NaN : Number(part)))
  const window = text === 'auto' || text === 'full' ? text : percentiles ? { percentiles: numbers } : numbers
  must('window', isWindow(window), expected, text)
  return window as Window
}

/** Programs without types pass anything. */
function isSamplesType(data: unknown): data is Samples {
  return [Uint8Array, Uint16Array, Int16Array, Float32Array].some((type) => data instanceof type)
}

/** What samples of a type may be, and which of them is opaque alpha. */
function rangeOf(data: Samples): { least: number; most: number; opaque: number } {
  if (data instanceof Uint8Array) return { least: 0, most: 255, opaque: 255 }
  if (data instanceof Uint16Array) return { least: 0, most: 65535, opaque: 65535 }
  if (data instanceof Int16Array) return { least: -32768, most: 32767, opaque: 32767 }
  return { least: -Infinity, most: Infinity, opaque: 1 }
}

/**
 * Turns a raster's values into 8-bit RGB. Samples that are not finite become black.
 * @param window which samples become black and white
 * @param where names the picture in errors
 * @returns the picture, and how many colour samples were not finite
 * @throws AdzusError for rasters of more than 4 channels, and for what is no window
 * @example
 * const [slice] = await openImages(bytes)
 * const { rgb } = toRgb(await slice.decode(), [-160, 240])
 */
export function toRgb(raster: Raster, window: Window = 'auto', where = 'image'): { rgb: RgbRaster; lost: number } {
  const { rgb, lost } = asRgb(raster, window, where)
  return { rgb: rgb.data === raster.data ? { ...rgb, data: rgb.data.slice() } : rgb, lost }
}

/**
 * The same without a copy where the samples are 8-bit RGB already: for rasters that nobody else
 * has.
 */
export function asRgb(raster: Raster, window: Window, where: string): { rgb: RgbRaster; lost: number } {
  must('raster', isRecord(raster) && isSamplesType(raster.data), 'a raster { width, height, channels, data }', raster)
  must('window', isWindow(window), WINDOWS, window)
  const { width, height, channels, data, spacing } = raster
  check([1, 2, 3, 4].includes(channels) && data.length === width * height * channels, () => ({
    what: 'image: channels',
    where,
    expected: `1 to 4, and ${width} × ${height} samples of each`,
    got: `${channels}, and ${data.length} samples`,
  }))
  const colours = channels > 2 ? 3 : 1
  const limits = limitsOf(raster, colours, window)
  const plain = data instanceof Uint8Array && channels === 3 && limits[0] === 0 && limits[1] === 255
  const { out, lost } = plain ? { out: data, lost: 0 } : shade(raster, colours, limits)
  return { rgb: { width, height, data: out, spacing }, lost }
}

/**
 * The samples of a raster that become black and white: for parts of a picture, which need the
 * limits of the whole.
 * @example
 * const limits = windowLimits(sample, 'auto')
 * const { rgb } = toRgb(part, limits)
 */
export function windowLimits(raster: Raster, window: Window): readonly [black: number, white: number] {
  return limitsOf(raster, raster.channels > 2 ? 3 : 1, window)
}

/** The samples that become black and white. */
export function limitsOf(raster: Raster, colours: number, window: Window): readonly [black: number, white: number] {
  const { data } = raster
  const { least, most } = rangeOf(data)
  if (typeof window === 'object' && !('percentiles' in window)) return window
  if (window === 'full' && Number.isFinite(most)) return [least, most]
  if (window === 'auto' && data instanceof Uint8Array) return [least, most]
  if (window === 'auto' && isRising(raster.window)) return raster.window
  const samples = rank(raster, colours)
  const last = samples.count - 1
  if (last < 0) return [0, 1]
  const extremes = [samples.at(0), samples.at(last)] as const
  if (extremes[0] === extremes[1]) return Number.isFinite(most) ? [least, most] : around(extremes[0])
  if (window === 'full') return extremes
  const [low, high] = (window === 'auto' ? AUTO : window.percentiles).map(shareOf)
  const limits = [samples.at(Math.floor(low * last)), samples.at(Math.ceil(high * last))] as const
  // Where nearly all are alike, what little there is to see lies outside.
  return limits[0] < limits[1] ? limits : extremes
}

/** A percentile as a share, without what dividing adds to it. */
const shareOf = (percentile: number) => Number((percentile / 100).toPrecision(12))

/** With these limits a single value becomes middle grey. */
const around = (value: number) => [value - Math.abs(value) - 1, value + Math.abs(value) + 1] as const

/** RGB of 8 bits, and how many samples were not finite. */
function shade(
  { width, height, channels, data }: Raster,
  colours: number,
  [black, white]: readonly [number, number],
): { out: Uint8Array; lost: number } {
  const { least, most, opaque } = rangeOf(data)
  let lost = 0
  const shadeOf = (value: number) => Math.min(255, Math.max(0, ((value - black) / (white - black)) * 255))
  const table = Number.isFinite(most) ? Float64Array.from({ length: most - least + 1 }, (_, i) => shadeOf(least + i)) : undefined
  if (table && channels === colours) return { out: lookUp(data, channels, Uint8Array.from(table, Math.round), least), lost: 0 }
  const finite = (value: number) => {
    if (Number.isFinite(value)) return shadeOf(value)
    lost++
    return 0
  }
  const out = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const at = i * channels
    const alpha = channels % 2 === 0 ? shareOfOpaque(data[at + channels - 1] / opaque) : 1
    let value = 0
    for (let c = 0; c < 3; c++) {
      if (c < colours) value = table ? table[data[at + c] - least] : finite(data[at + c])
      out[i * 3 + c] = Math.round(value * alpha + 255 * (1 - alpha))
    }
  }
  return { out, lost }
}

/** RGB of whole numbers without alpha. @param shades of every number from `least` on */
function lookUp(data: Samples, channels: number, shades: Uint8Array, least: number): Uint8Array {
  const out = new Uint8Array((data.length / channels) * 3)
  if (channels === 3) for (let i = 0; i < data.length; i++) out[i] = shades[data[i] - least]
  else
    for (let i = 0, to = 0; i < data.length; i++, to += 3) {
      const shade = shades[data[i] - least]
      out[to] = shade
      out[to + 1] = shade
      out[to + 2] = shade
    }
  return out
}

/** Signed numbers and floats may lie beyond 0 … 1; what is no number is opaque. */
function shareOfOpaque(alpha: number): number {
  return alpha < 1 ? Math.max(0, alpha) : 1
}
