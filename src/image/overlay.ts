/**
 * @file A picture to look at: the input, each segment tinted in its own colour, the foreground at full strength and outlined, the rest paler.
 */
import { isRecord, isSamples, must } from '../arguments.ts'
import type { RgbRaster } from './raster.ts'

/** Colour of a segment: hues a golden angle apart are far from each other for any number of segments. */
function segmentColour(label: number): [number, number, number] {
  const hue = (label * 137.508) % 360
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (0.55 - 0.4 * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [channel(0), channel(8), channel(4)]
}

const OUTLINE = [255, 230, 0]

/** labels 1 … n, mask 0 or 255, both of the picture's size → RGB. */
export function overlay(raster: RgbRaster, labels: ArrayLike<number>, mask: Uint8Array): Uint8Array {
  must(
    'raster',
    isRecord(raster) && isSamples(raster.data, 3 * raster.width * raster.height),
    'an RGB raster { width, height, data }',
    raster,
  )
  const { width, height, data } = raster
  must('labels', isSamples(labels, width * height), `${width} × ${height} labels`, labels)
  must('mask', isSamples(mask, width * height), `a mask of ${width} × ${height} pixels`, mask)
  const out = new Uint8Array(data.length)
  const colours: [number, number, number][] = []
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const label = labels[i]
      colours[label] ??= segmentColour(label)
      const colour = colours[label]
      const inside = mask[i] !== 0
      const share = inside ? 0.4 : 0.15
      const border =
        inside &&
        ((x > 0 && mask[i - 1] === 0) ||
          (x < width - 1 && mask[i + 1] === 0) ||
          (y > 0 && mask[i - width] === 0) ||
          (y < height - 1 && mask[i + width] === 0))
      for (let c = 0; c < 3; c++) out[i * 3 + c] = border ? OUTLINE[c] : Math.round(data[i * 3 + c] * (1 - share) + colour[c] * share)
    }
  return out
}
