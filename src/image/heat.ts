/** @file A heat map over a picture: how much of something every part of it has. */
import { isRecord, isSamples, isWhole, must } from '../arguments.ts'
import type { Colour } from './palette.ts'
import type { RgbRaster } from './raster.ts'

/** Colours from nothing to most, dark to light, so that they read in grey as well. */
const SCALE: readonly Colour[] = [
  [10, 7, 40],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
]
/** How much of a pixel is colour: least where there is nothing, most where there is most. */
const [LEAST, MOST] = [0.45, 0.85]
/** Share of the cells that may lie above the end of the scale, as a cell's look at itself does. */
const ABOVE = 0.01
const CROSS: Colour = [0, 255, 255]

/**
 * Paints values of a grid over a picture, upsampled bilinearly between the cells' centres. The
 * scale ends at the 99th percentile of the values.
 * @param values one a cell, row-major, 0 or more
 * @param mark a pixel that gets a cross
 * @returns RGB of the picture's size
 * @example
 * const { values, grid } = await view.attention({ x, y })
 * const png = await encodePng(view.width, view.height, heatMap(view.image, values, grid!, [x, y]))
 */
export function heatMap(
  raster: RgbRaster,
  values: ArrayLike<number>,
  grid: { h: number; w: number },
  mark?: readonly [x: number, y: number],
): Uint8Array {
  const isPicture = isRecord(raster) && isSamples(raster.data, 3 * raster.width * raster.height)
  must('raster', isPicture, 'an RGB raster { width, height, data }', raster)
  const isGrid = isRecord(grid) && isWhole(grid.h, 1, 2 ** 16) && isWhole(grid.w, 1, 2 ** 16)
  must('grid', isGrid, 'a grid { h, w } of cells', grid)
  must('values', isSamples(values, grid.h * grid.w), `${grid.h} × ${grid.w} values`, values)
  const { width, height, data } = raster
  const most = Math.max(percentile(values, 1 - ABOVE), Number.MIN_VALUE)
  const rows = Array.from({ length: height }, (_, y) => between(y, height, grid.h))
  const columns = Array.from({ length: width }, (_, x) => between(x, width, grid.w))
  const out = new Uint8Array(data.length)
  for (let y = 0, i = 0; y < height; y++) {
    const row = rows[y]
    for (let x = 0; x < width; x++, i += 3) {
      const column = columns[x]
      const at = (from: number) => {
        const [left, right] = [values[from * grid.w + column.from], values[from * grid.w + column.to]]
        return left + (right - left) * column.share
      }
      const [above, below] = [at(row.from), at(row.to)]
      const heat = Math.min(1, Math.max(0, (above + (below - above) * row.share) / most))
      const share = LEAST + (MOST - LEAST) * heat
      for (let c = 0; c < 3; c++) out[i + c] = Math.round(data[i + c] * (1 - share) + onScale(heat, c) * share)
    }
  }
  if (mark) paintCross(out, raster, mark)
  return out
}

/** The two cells whose centres lie around a pixel's, and how far it is from one to the other. */
function between(pixel: number, pixels: number, cells: number): { from: number; to: number; share: number } {
  const place = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5))
  const from = Math.floor(place)
  return { from, to: Math.min(cells - 1, from + 1), share: place - from }
}

function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

function onScale(heat: number, channel: number): number {
  const place = heat * (SCALE.length - 1)
  const [from, to] = [Math.floor(place), Math.ceil(place)]
  return SCALE[from][channel] + (SCALE[to][channel] - SCALE[from][channel]) * (place - from)
}

function paintCross(out: Uint8Array, { width, height }: RgbRaster, [x, y]: readonly [number, number]): void {
  const arm = Math.max(2, Math.round(Math.min(width, height) / 60))
  const [cx, cy] = [Math.floor(x), Math.floor(y)]
  for (let step = -arm; step <= arm; step++)
    for (const [px, py] of [
      [cx + step, cy],
      [cx, cy + step],
    ])
      if (px >= 0 && py >= 0 && px < width && py < height) out.set(CROSS, 3 * (py * width + px))
}
