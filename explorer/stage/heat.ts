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
/** RGBA of 256 steps of heat, each pixel in one word. */
const COLOURS = new Uint32Array(256)
const bytes = new Uint8ClampedArray(COLOURS.buffer)
for (let step = 0; step < 256; step++) {
  const place = (step / 255) * (SCALE.length - 1)
  const [from, to] = [Math.floor(place), Math.ceil(place)]
  for (let c = 0; c < 3; c++) bytes[4 * step + c] = SCALE[from][c] + (SCALE[to][c] - SCALE[from][c]) * (place - from)
  bytes[4 * step + 3] = LEAST + ((MOST - LEAST) * step) / 255
}

/** Paints grids over a canvas; the browser smooths between cells. Nothing is allocated for a grid of the same size. */
export class Heat {
  readonly #small = document.createElement('canvas')
  #pixels = new ImageData(1, 1)
  #words = new Uint32Array(1)

  /**
   * Paints in place of what is there.
   * @param values one a cell, row by row, 0 or more
   * @param most what is painted as most
   */
  paint(context: CanvasRenderingContext2D, values: ArrayLike<number>, grid: Grid, most: number): void {
    context.clearRect(0, 0, context.canvas.width, context.canvas.height)
    this.over(context, values, grid, most)
  }

  /** Paints over what is there. */
  over(context: CanvasRenderingContext2D, values: ArrayLike<number>, { h, w }: Grid, most: number): void {
    this.#fit(w, h)
    const words = this.#words
    const scale = 255 / most
    for (let i = 0; i < words.length; i++) words[i] = COLOURS[Math.min(255, Math.max(0, Math.round(values[i] * scale)))]
    this.#small.getContext('2d')!.putImageData(this.#pixels, 0, 0)
    context.imageSmoothingEnabled = true
    context.drawImage(this.#small, 0, 0, context.canvas.width, context.canvas.height)
  }

  #fit(width: number, height: number): void {
    if (this.#pixels.width === width && this.#pixels.height === height) return
    Object.assign(this.#small, { width, height })
    this.#pixels = new ImageData(width, height)
    this.#words = new Uint32Array(this.#pixels.data.buffer)
  }
}

/** The colours of the scale from nothing to most, side by side. */
export function paintScale(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas
  const gradient = context.createLinearGradient(0, 0, width, 0)
  for (const [i, [r, g, b]] of SCALE.entries()) gradient.addColorStop(i / (SCALE.length - 1), `rgb(${r} ${g} ${b})`)
  context.fillStyle = gradient
  context.fillRect(0, 0, width, height)
}

/** Where the scale ends: the 99th percentile, so that a cell's look at itself does not hide the rest. */
export function scaleEnd(values: ArrayLike<number>): number {
  return endOfSorted(Float32Array.from(values).sort())
}

/** The same of values in ascending order. */
export function endOfSorted(sorted: Float32Array): number {
  return Math.max(sorted[Math.floor(0.99 * (sorted.length - 1))], 1e-12)
}
