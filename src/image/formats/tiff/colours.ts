/**
 * @file Colours that are not stored as RGB become RGB (TIFF 6.0, sections 16, 20, 21 and 23): inks,
 * luma and chroma, CIE L*a*b*, palettes. No colour profile is applied.
 */
import type { Samples } from '../../raster.ts'

/** The type of some samples. */
type Make = new (length: number) => Samples

const clamp = (value: number, most: number) => (value < 0 ? 0 : value > most ? most : Math.round(value))

/** The inks of CMYK, of 8 or 16 bits; 0 is none. */
export function fromInks(data: Samples): Samples {
  const count = data.length / 4
  const most = data instanceof Uint8Array ? 255 : 65535
  const out = new (data.constructor as Make)(3 * count)
  for (let i = 0, from = 0, to = 0; i < count; i++, from += 4) {
    const light = most - data[from + 3]
    for (let c = 0; c < 3; c++) out[to++] = Math.round(((most - data[from + c]) * light) / most)
  }
  return out
}

/** Colours of a palette: 3 · 2^bits numbers, first all reds, then greens, then blues. */
export function paletteOf(map: ArrayLike<number>): Uint8Array {
  const entries = Math.floor(map.length / 3)
  let most = 0
  for (let i = 0; i < 3 * entries; i++) most = Math.max(most, map[i])
  // Some writers have numbers of 8 bits, as libtiff knows.
  const shift = most < 256 ? 0 : 8
  const out = new Uint8Array(3 * entries)
  for (let i = 0; i < entries; i++) for (let c = 0; c < 3; c++) out[3 * i + c] = map[c * entries + i] >> shift
  return out
}

/** RGB of indices; those beyond the palette are black. */
export function fromPalette(data: Samples, palette: Uint8Array): Uint8Array {
  const out = new Uint8Array(3 * data.length)
  for (let i = 0, to = 0; i < data.length; i++) {
    const from = 3 * data[i]
    out[to++] = palette[from]
    out[to++] = palette[from + 1]
    out[to++] = palette[from + 2]
  }
  return out
}

/** How luma and chroma are stored. */
export interface Ycc {
  /** Luma of red, green and blue. */
  coefficients: readonly [number, number, number]
  /** The numbers of black and white of luma, and of the middle and the most of chroma. */
  reference: readonly number[]
  /** Pixels that share a sample of chroma, across and down. */
  subsampling: readonly [number, number]
}

/** Luma and chroma of each pixel, 8 bits. */
export function fromYcc(data: Samples, { coefficients, reference }: Pick<Ycc, 'coefficients' | 'reference'>): Uint8Array {
  const [red, green, blue] = coefficients
  const [y0, y1, b0, b1, r0, r1] = reference
  const out = new Uint8Array(data.length)
  for (let from = 0, to = 0; from < data.length; from += 3) {
    const y = ((data[from] - y0) * 255) / (y1 - y0)
    const b = ((data[from + 1] - b0) * 127) / (b1 - b0)
    const r = ((data[from + 2] - r0) * 127) / (r1 - r0)
    const [r8, b8] = [y + r * (2 - 2 * red), y + b * (2 - 2 * blue)]
    out[to++] = clamp(r8, 255)
    out[to++] = clamp((y - blue * b8 - red * r8) / green, 255)
    out[to++] = clamp(b8, 255)
  }
  return out
}

/** The bytes of a row of data units of subsampled luma and chroma. */
export function yccRowBytes(width: number, [h, v]: Ycc['subsampling']): number {
  return Math.ceil(width / h) * (h * v + 2)
}

/**
 * Data units (h · v samples of luma, one of each chroma) spread over their pixels.
 * @returns three samples a pixel
 */
export function spreadYcc(bytes: Uint8Array, width: number, rows: number, [h, v]: Ycc['subsampling']): Uint8Array {
  const unit = h * v + 2
  const across = Math.ceil(width / h)
  const out = new Uint8Array(width * rows * 3)
  for (let y = 0, to = 0; y < rows; y++)
    for (let x = 0; x < width; x++) {
      const at = (Math.floor(y / v) * across + Math.floor(x / h)) * unit
      out[to++] = bytes[at + (y % v) * h + (x % h)]
      out[to++] = bytes[at + h * v]
      out[to++] = bytes[at + h * v + 1]
    }
  return out
}

/** Cubes or lines of CIE L*a*b*, undone. */
const spread = (t: number) => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29))
/** Of linear light, as in sRGB (IEC 61966-2-1). */
const gamma = (light: number) => (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055)
/** From XYZ of white D50 to linear sRGB (Bradford's adaptation; B. Lindbloom's matrix). */
const FROM_XYZ = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
]
const D50 = [0.9642, 1, 0.8249]

/**
 * CIE L*a*b* of 8 or 16 bits as sRGB of as many.
 * @param isIcc a* and b* are counted from the middle (ICC's), not signed
 */
export function fromLab(data: Samples, isIcc: boolean): Samples {
  const bytes = data instanceof Uint8Array
  const [most, half, unit] = bytes ? [255, 128, 1] : [65535, 32768, 256]
  const signed = (value: number) => (isIcc ? value - half : value >= half ? value - 2 * half : value) / unit
  const out = new (data.constructor as Make)(data.length)
  for (let from = 0, to = 0; from < data.length; from += 3) {
    const l = ((100 * data[from]) / most + 16) / 116
    const x = D50[0] * spread(l + signed(data[from + 1]) / 500)
    const y = D50[1] * spread(l)
    const z = D50[2] * spread(l - signed(data[from + 2]) / 200)
    for (const [a, b, c] of FROM_XYZ) out[to++] = clamp(gamma(a * x + b * y + c * z) * most, most)
  }
  return out
}

/** Where zero is white: numbers up to `most` the other way round, in place. */
export function invert(data: Samples, most: number): void {
  for (let i = 0; i < data.length; i++) data[i] = most - data[i]
}

/** Samples of fewer than 8 bits over the range of 8, in place. */
export function widen(data: Samples, bits: number): void {
  const most = 2 ** bits - 1
  for (let i = 0; i < data.length; i++) data[i] = Math.round((255 * data[i]) / most)
}

/** Alpha, the last of `channels`, divided out of the colours that hold it, in place. */
export function divideAlpha(data: Samples, channels: number): void {
  const most = data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : data instanceof Int16Array ? 32767 : 1
  for (let at = 0; at < data.length; at += channels) {
    const alpha = data[at + channels - 1]
    if (alpha === most) continue
    for (let i = at; i < at + channels - 1; i++) {
      const value = alpha > 0 ? (data[i] * most) / alpha : 0
      data[i] = most === 1 ? value : clamp(value, most)
    }
  }
}
