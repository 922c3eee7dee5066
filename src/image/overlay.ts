/**
 * @file A picture to look at: every segment is tinted in its own colour, the one that it has in the
 * label map's palette. The foreground is tinted by 40 % and has a yellow outline; the rest is
 * tinted by 15 %.
 */
import { isRecord, isSamples, must } from '../arguments.ts'
import { type Colour, FOREGROUND_COLOUR, segmentColour } from './palette.ts'
import type { RgbRaster } from './raster.ts'

const INSIDE = 0.4
const OUTSIDE = 0.15

/**
 * labels 1 … n, mask 0 or 255, both of the picture's size → RGB.
 * @example
 * const png = await encodePng(width, height, overlay(result.image, result.labels, result.mask))
 */
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
  const colours: Colour[] = []
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const label = labels[i]
      colours[label] ??= segmentColour(label)
      const colour = colours[label]
      const inside = mask[i] !== 0
      const share = inside ? INSIDE : OUTSIDE
      const border =
        inside &&
        ((x > 0 && mask[i - 1] === 0) ||
          (x < width - 1 && mask[i + 1] === 0) ||
          (y > 0 && mask[i - width] === 0) ||
          (y < height - 1 && mask[i + width] === 0))
      for (let c = 0; c < 3; c++)
        out[i * 3 + c] = border ? FOREGROUND_COLOUR[c] : Math.round(data[i * 3 + c] * (1 - share) + colour[c] * share)
    }
  return out
}
