/** @file Segments: labels made consecutive, and what is measured of each. */
import type { Channels, RgbRaster } from '../image/raster.ts'
import { encodeLabels, type Rle } from '../image/rle.ts'

/** The names are those of `NAME.json` as well; `bbox`, `area` and `rle` are COCO's. */
export interface Segment {
  /** Its number in the label map, from 1 on. */
  id: number
  /** Pixels. */
  area: number
  /** Bounding box [x, y, width, height]. */
  bbox: [number, number, number, number]
  /** Mean position [x, y] of its pixels, in pixels from the centre of the top left one. */
  centroid: [number, number]
  /** Mean RGB of the picture there, 0 … 255. */
  meanColour: [number, number, number]
  /**
   * Mean of each channel there in the values of the file, by the channels' names; only of pictures
   * whose channels are measurements. What is no number does not count.
   */
  channelMeans?: Record<string, number>
  /** Its share of the picture's border pixels, 0 … 1. */
  borderShare: number
  /** The share of its pixels that is foreground, 0 … 1. */
  foregroundShare: number
  /** Whether at least half of it is foreground. */
  foreground: boolean
  /**
   * Its pixels as COCO's run-length encoding. Those of all segments are encoded when the first is
   * asked for.
   */
  readonly rle: Rle
}

/**
 * Numbers the winners 1 … n in the order of their proposals; 8 bits a pixel where that is enough.
 */
export function relabel(winners: Int32Array): { labels: Uint8Array | Uint16Array; proposals: number[] } {
  let most = 0
  for (const w of winners) if (w > most) most = w
  const seen = new Uint8Array(most + 1)
  for (const w of winners) seen[w] = 1
  const proposals = [...seen.keys()].filter((i) => seen[i] === 1)
  const number = new Uint16Array(most + 1)
  proposals.forEach((p, i) => {
    number[p] = i + 1
  })
  const labels = proposals.length < 256 ? new Uint8Array(winners.length) : new Uint16Array(winners.length)
  for (let i = 0; i < winners.length; i++) labels[i] = number[winners[i]]
  return { labels, proposals }
}

/** Measures the segments 1 … count of a label map of the picture's size. */
export function regionProperties(labels: ArrayLike<number>, count: number, { width, height, data, channels }: RgbRaster): Segment[] {
  const sums = Array.from({ length: count + 1 }, () => ({
    area: 0,
    x: 0,
    y: 0,
    r: 0,
    g: 0,
    b: 0,
    border: 0,
    x0: width,
    y0: height,
    x1: -1,
    y1: -1,
  }))
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const s = sums[labels[i]]
      s.area++
      s.x += x
      s.y += y
      s.r += data[3 * i]
      s.g += data[3 * i + 1]
      s.b += data[3 * i + 2]
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) s.border++
      if (x < s.x0) s.x0 = x
      if (x > s.x1) s.x1 = x
      if (y < s.y0) s.y0 = y
      if (y > s.y1) s.y1 = y
    }
  const means = channels && meansOf(labels, count, channels)
  const around = 2 * (width + height) - 4
  let encoded: Rle[] | undefined
  return sums.slice(1).map((s, i) => ({
    id: i + 1,
    area: s.area,
    bbox: [s.x0, s.y0, s.x1 - s.x0 + 1, s.y1 - s.y0 + 1],
    centroid: [s.x / s.area, s.y / s.area],
    meanColour: [s.r / s.area, s.g / s.area, s.b / s.area],
    ...(means && { channelMeans: means[i] }),
    borderShare: s.border / around,
    foregroundShare: 0,
    foreground: false,
    get rle() {
      encoded ??= encodeLabels(labels, width, height, count)
      return encoded[i]
    },
  }))
}

/** The means of each channel in each region 1 … count; NaN where it has no number there. */
function meansOf(labels: ArrayLike<number>, count: number, { names, data }: Channels): Record<string, number>[] {
  const sums = new Float64Array((count + 1) * names.length)
  const numbers = new Float64Array(sums.length)
  for (let i = 0, at = 0; i < labels.length; i++)
    for (let c = 0, to = labels[i] * names.length; c < names.length; c++, at++, to++) {
      if (!Number.isFinite(data[at])) continue
      sums[to] += data[at]
      numbers[to]++
    }
  const region = (i: number) => names.map((name, c) => [name, sums[i * names.length + c] / numbers[i * names.length + c]])
  return Array.from({ length: count }, (_, i) => Object.fromEntries(region(i + 1)))
}

/** Says of each segment how much of it, and so whether it, belongs to a mask (0 is outside). */
export function markForeground(segments: readonly Segment[], labels: ArrayLike<number>, mask: ArrayLike<number>): void {
  const inside = new Float64Array(segments.length + 1)
  for (let i = 0; i < labels.length; i++) if (mask[i] !== 0) inside[labels[i]]++
  for (const segment of segments) {
    segment.foregroundShare = inside[segment.id] / segment.area
    segment.foreground = segment.foregroundShare >= 0.5
  }
}
