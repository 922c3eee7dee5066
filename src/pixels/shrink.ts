/**
 * @file Making pictures smaller by the mean of the area that falls into each new pixel (as OpenCV's
 * INTER_AREA), for what is computed at a smaller size.
 */
import type { Picture } from './picture.ts'

/** The size at which the longer side is at most `most` pixels; never larger than it was. */
export function sizeWithin({ width, height }: { width: number; height: number }, most: number): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/**
 * A picture whose longer side is at most `most` pixels; the picture itself where it is no larger.
 * @example
 * const small = shrink(picture, 512)
 */
export function shrink(picture: Picture, most: number): Picture {
  const { width, height } = sizeWithin(picture, most)
  return squeeze(picture, width, height)
}

/**
 * A picture of any size, larger ones and other shapes included; itself where it has that size.
 * @example
 * const square = squeeze(picture, 128, 128)
 */
export function squeeze(picture: Picture, width: number, height: number): Picture {
  if (width === picture.width && height === picture.height) return picture
  return resample(
    picture,
    { start: 0, step: picture.width / width, count: width },
    { start: 0, step: picture.height / height, count: height },
  )
}

/** New places along an axis: the first starts at an old place, each covers `step` old ones. */
export interface Stretch {
  start: number
  /** Above 0. */
  step: number
  count: number
}

/**
 * A part of a picture with other pixels: each is the mean of the area that it covers. Parts that
 * lie beside each other fit together, wherever their edges lie within an old pixel.
 * @param across stretches that lie within the picture
 * @example
 * // Pixels of twice the size, from the column 101 on.
 * const from = (start: number) => ({ start, step: 2, count: 64 })
 * const part = resample(picture, from(101), from(0))
 */
export function resample(picture: Picture, across: Stretch, down: Stretch): Picture {
  const [width, height] = [across.count, down.count]
  const columns = shares(across, picture.width)
  const rows = shares(down, picture.height)
  const data = new Uint8Array(width * height * 3)
  const line = new Float64Array(picture.width * 3)
  for (let y = 0; y < height; y++) {
    line.fill(0)
    const { first, weights } = rows[y]
    for (let j = 0; j < weights.length; j++) {
      const from = (first + j) * line.length
      const weight = weights[j]
      for (let i = 0; i < line.length; i++) line[i] += weight * picture.data[from + i]
    }
    for (let x = 0; x < width; x++) {
      const { first, weights } = columns[x]
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let j = 0; j < weights.length; j++) sum += weights[j] * line[(first + j) * 3 + c]
        data[(y * width + x) * 3 + c] = Math.round(sum)
      }
    }
  }
  return { width, height, data }
}

interface Share {
  first: number
  weights: Float64Array
}

/** For each new place: the old ones that it covers, with their shares, which sum to 1. */
function shares({ start: origin, step, count }: Stretch, from: number): Share[] {
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [origin + i * step, Math.min(from, origin + (i + 1) * step)]
    const first = Math.floor(start)
    const last = Math.min(from, Math.ceil(end - 1e-9))
    const weights = Float64Array.from({ length: last - first }, (_, j) => {
      const covered = Math.min(end, first + j + 1) - Math.max(start, first + j)
      return covered / (end - start)
    })
    return { first, weights }
  })
}
