/** @file Values of a grid as heat over the picture. */
import type { Grid } from '../engine/calls.ts'

/** Colours from nothing to most, dark to light, so that they read in grey as well. */
const SCALE = [
  [10, 7, 40],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
] as const
/** Opacity where there is nothing, and where there is most. */
const [LEAST, MOST] = [110, 215]
/** RGBA of 256 steps of heat. */
const COLOURS = new Uint8ClampedArray(4 * 256)
for (let step = 0; step < 256; step++) {
  const place = (step / 255) * (SCALE.length - 1)
  const [from, to] = [Math.floor(place), Math.ceil(place)]
  for (let c = 0; c < 3; c++) COLOURS[4 * step + c] = SCALE[from][c] + (SCALE[to][c] - SCALE[from][c]) * (place - from)
  COLOURS[4 * step + 3] = LEAST + ((MOST - LEAST) * step) / 255
}

/** Paints grids over a canvas; the browser smooths between cells. */
export class Heat {
  readonly #small = document.createElement('canvas')

  /**
   * @param values one a cell, row by row, 0 or more
   * @param most what is painted as most
   */
  paint(context: CanvasRenderingContext2D, values: ArrayLike<number>, { h, w }: Grid, most: number): void {
    const small = this.#small
    if (small.width !== w || small.height !== h) Object.assign(small, { width: w, height: h })
    const brush = small.getContext('2d')!
    const pixels = brush.createImageData(w, h)
    for (let i = 0; i < h * w; i++) {
      const step = 4 * Math.min(255, Math.max(0, Math.round((255 * values[i]) / most)))
      pixels.data.set(COLOURS.subarray(step, step + 4), 4 * i)
    }
    brush.putImageData(pixels, 0, 0)
    const { width, height } = context.canvas
    context.clearRect(0, 0, width, height)
    context.imageSmoothingEnabled = true
    context.imageSmoothingQuality = 'high'
    context.drawImage(small, 0, 0, width, height)
  }
}

/** Where the scale ends: the 99th percentile, so that a cell's look at itself does not hide the rest. */
export function scaleEnd(values: ArrayLike<number>): number {
  const sorted = Float32Array.from(values).sort()
  return Math.max(sorted[Math.floor(0.99 * (sorted.length - 1))], 1e-12)
}
