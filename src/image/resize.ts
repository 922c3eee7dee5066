/**
 * @file Resizing with Lanczos' windowed sinc, a = 3, as Pillow does it: when shrinking, the window
 * is stretched over the pixels that fall into one, so that nothing is skipped (antialiasing). Two
 * passes, along rows and then along columns, each rounded and clamped to 8 bits, as there: sharp
 * edges overshoot otherwise.
 */
import type { RgbRaster } from './raster.ts'

const LOBES = 3

function lanczos(x: number): number {
  if (x === 0) return 1
  if (Math.abs(x) >= LOBES) return 0
  const t = Math.PI * x
  return (LOBES * Math.sin(t) * Math.sin(t / LOBES)) / (t * t)
}

interface Window {
  first: number
  weights: Float64Array
}

/** For every output sample: which input samples it is made of, with weights that sum to 1. */
function windows(from: number, to: number): Window[] {
  const ratio = from / to
  const scale = Math.max(1, ratio)
  const reach = LOBES * scale
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * ratio
    const first = Math.max(0, Math.floor(centre - reach + 0.5))
    const last = Math.min(from, Math.floor(centre + reach + 0.5))
    const weights = Float64Array.from({ length: last - first }, (_, j) => lanczos((first + j + 0.5 - centre) / scale))
    const sum = weights.reduce((a, b) => a + b, 0)
    return { first, weights: weights.map((w) => w / sum) }
  })
}

export function resize(image: RgbRaster, width: number, height: number): RgbRaster {
  const { width: w, height: h, data } = image
  if (w === width && h === height) return image
  const columns = windows(w, width)
  const rows = windows(h, height)
  const wide = new Uint8ClampedArray(h * width * 3)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < width; x++) {
      const { first, weights } = columns[x]
      let [r, g, b] = [0, 0, 0]
      for (let j = 0, at = (y * w + first) * 3; j < weights.length; j++, at += 3) {
        r += weights[j] * data[at]
        g += weights[j] * data[at + 1]
        b += weights[j] * data[at + 2]
      }
      const at = (y * width + x) * 3
      wide[at] = r
      wide[at + 1] = g
      wide[at + 2] = b
    }
  const out = new Uint8ClampedArray(height * width * 3)
  const line = new Float64Array(width * 3)
  for (let y = 0; y < height; y++) {
    const { first, weights } = rows[y]
    line.fill(0)
    for (let j = 0; j < weights.length; j++) {
      const at = (first + j) * width * 3
      const weight = weights[j]
      for (let i = 0; i < line.length; i++) line[i] += weight * wide[at + i]
    }
    out.set(line, y * line.length)
  }
  return { width, height, data: new Uint8Array(out.buffer) }
}
