/**
 * @file The guided filter with a colour guide (He, Sun & Tang, Guided Image Filtering, PAMI 2013,
 * §3.5), and its fast form (He & Sun, Fast Guided Filter, arXiv 1505.00996): in every window the
 * result is a linear function of the guide's colours, so it has edges where the guide has them. The
 * functions' coefficients vary slowly, so they may be found at a small size and applied at a large
 * one.
 */
import { must } from '../arguments.ts'
import { places } from './bilinear.ts'
import { boxMean } from './box.ts'
import type { Picture } from './picture.ts'

export interface GuidedFilterOptions {
  /** Windows have 2 · radius + 1 pixels a side. */
  radius?: number
  /** Variances of colours (0 … 1) below this are smoothed over, those above it are edges. */
  epsilon?: number
}

/** result = red · R + green · G + blue · B + rest at every pixel, with colours from 0 to 1. */
export interface Coefficients {
  width: number
  height: number
  red: Float32Array
  green: Float32Array
  blue: Float32Array
  rest: Float32Array
}

/**
 * `values` (one number a pixel) smoothed within the regions of the guide.
 * @throws AdzusError unless there is a number a pixel
 * @example
 * const soft = guidedFilter(picture, prominence, { radius: 8, epsilon: 1e-3 })
 */
export function guidedFilter(guide: Picture, values: ArrayLike<number>, options: GuidedFilterOptions = {}): Float32Array {
  return applyGuided(guidedCoefficients(guide, values, options), guide)
}

/** The coefficients that belong to a guide and values of the same size. */
export function guidedCoefficients(
  guide: Picture,
  values: ArrayLike<number>,
  { radius = 4, epsilon = 1e-3 }: GuidedFilterOptions = {},
): Coefficients {
  const { width, height, data } = guide
  must('values', values.length === width * height, `${width} × ${height} numbers`, values.length)
  const count = width * height
  const channel = (c: number) => {
    const out = new Float32Array(count)
    for (let i = 0; i < count; i++) out[i] = data[i * 3 + c] / 255
    return out
  }
  const mean = (plane: ArrayLike<number>) => boxMean(plane, width, height, radius)
  const product = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    const out = new Float32Array(count)
    for (let i = 0; i < count; i++) out[i] = a[i] * b[i]
    return mean(out)
  }
  const [r, g, b] = [channel(0), channel(1), channel(2)]
  const [mr, mg, mb, mp] = [mean(r), mean(g), mean(b), mean(values)]
  const [rr, rg, rb] = [product(r, r), product(r, g), product(r, b)]
  const [gg, gb, bb] = [product(g, g), product(g, b), product(b, b)]
  const [rp, gp, bp] = [product(r, values), product(g, values), product(b, values)]
  // The planes of products with the values become the coefficients.
  for (let i = 0; i < count; i++) {
    const xx = rr[i] - mr[i] ** 2 + epsilon
    const yy = gg[i] - mg[i] ** 2 + epsilon
    const zz = bb[i] - mb[i] ** 2 + epsilon
    const xy = rg[i] - mr[i] * mg[i]
    const xz = rb[i] - mr[i] * mb[i]
    const yz = gb[i] - mg[i] * mb[i]
    const x = rp[i] - mr[i] * mp[i]
    const y = gp[i] - mg[i] * mp[i]
    const z = bp[i] - mb[i] * mp[i]
    // (covariance + ε) · a = (x, y, z), by the adjugate of a symmetric matrix.
    const ixx = yy * zz - yz * yz
    const ixy = xz * yz - xy * zz
    const ixz = xy * yz - xz * yy
    const iyy = xx * zz - xz * xz
    const iyz = xy * xz - xx * yz
    const izz = xx * yy - xy * xy
    const determinant = xx * ixx + xy * ixy + xz * ixz
    rp[i] = (ixx * x + ixy * y + ixz * z) / determinant
    gp[i] = (ixy * x + iyy * y + iyz * z) / determinant
    bp[i] = (ixz * x + iyz * y + izz * z) / determinant
    mp[i] -= rp[i] * mr[i] + gp[i] * mg[i] + bp[i] * mb[i]
  }
  return { width, height, red: mean(rp), green: mean(gp), blue: mean(bp), rest: mean(mp) }
}

/**
 * The coefficients, bilinearly between their places, applied to a picture of any size.
 * @param known the result at each place of the coefficients where that is known beforehand, else
 *   NaN: between places of one result nothing is computed
 */
export function applyGuided(coefficients: Coefficients, picture: Picture, known?: Float32Array): Float32Array {
  const { width, height, data } = picture
  const out = new Float32Array(width * height)
  const planes = [coefficients.red, coefficients.green, coefficients.blue, coefficients.rest]
  const columns = places(coefficients.width, width)
  const rows = places(coefficients.height, height)
  const lines = planes.map(() => new Float32Array(coefficients.width))
  /** What both rows say; NaN, which equals nothing, where they differ. */
  const sure = new Float32Array(coefficients.width).fill(Number.NaN)
  for (let y = 0; y < height; y++) {
    for (const [i, plane] of planes.entries()) blendRows(plane, coefficients.width, rows.lower[y], rows.upper[y], rows.share[y], lines[i])
    const [red, green, blue, rest] = lines
    if (known) agreed(known, coefficients.width, rows.lower[y], rows.upper[y], sure)
    for (let x = 0; x < width; x++) {
      const p = columns.lower[x]
      const q = columns.upper[x]
      if (sure[p] === sure[q]) {
        out[y * width + x] = sure[p]
        continue
      }
      const t = columns.share[x]
      const at = (y * width + x) * 3
      const low = red[p] * data[at] + green[p] * data[at + 1] + blue[p] * data[at + 2]
      const high = red[q] * data[at] + green[q] * data[at + 1] + blue[q] * data[at + 2]
      out[y * width + x] = ((1 - t) * low + t * high) / 255 + (1 - t) * rest[p] + t * rest[q]
    }
  }
  return out
}

function agreed(plane: Float32Array, width: number, lower: number, upper: number, out: Float32Array): void {
  for (let x = 0; x < width; x++) {
    const value = plane[lower * width + x]
    out[x] = value === plane[upper * width + x] ? value : Number.NaN
  }
}

function blendRows(plane: Float32Array, width: number, lower: number, upper: number, share: number, out: Float32Array): void {
  for (let x = 0; x < width; x++) out[x] = (1 - share) * plane[lower * width + x] + share * plane[upper * width + x]
}
