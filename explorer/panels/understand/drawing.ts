/** @file Real data as pictures, each on a canvas with its numbers as text. */
import { segmentColour } from 'adzus'
import { h } from '../../dom.ts'
import type { Grid } from '../../engine/calls.ts'
import { Heat, scaleEnd } from '../../stage/heat.ts'

let heat: Heat | undefined

/** A canvas with a grid as heat, half transparent. */
function heatLayer(width: number, height: number, values: ArrayLike<number>, grid: Grid, most: number): HTMLCanvasElement {
  heat ??= new Heat()
  const layer = canvasOf(width, height)
  heat.paint(layer.getContext('2d')!, values, grid, most)
  return layer
}

/** A canvas of a size. */
export function canvasOf(width: number, height: number, className = ''): HTMLCanvasElement {
  return h('canvas', { width, height, className })
}

/** A picture pixel by pixel: `colour` writes red, green and blue of pixel `i`. */
export function painted(width: number, height: number, colour: (rgba: Uint8ClampedArray, i: number) => void): HTMLCanvasElement {
  const canvas = canvasOf(width, height, 'exact')
  const pixels = new ImageData(width, height)
  for (let i = 0; i < width * height; i++) {
    pixels.data[4 * i + 3] = 255
    colour(pixels.data.subarray(4 * i, 4 * i + 4), i)
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0)
  return canvas
}

/** RGB row by row. */
export function rgbPicture({ width, height, data }: { width: number; height: number; data: Uint8Array }): HTMLCanvasElement {
  return painted(width, height, (rgba, i) => {
    rgba.set(data.subarray(3 * i, 3 * i + 3))
  })
}

/** A size in the same proportions, its longer side `most`. */
function sizeTo({ width, height }: HTMLCanvasElement, most: number): { width: number; height: number } {
  const scale = most / Math.max(width, height)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A picture made smaller or larger: its longer side `most` pixels. */
export function smallPicture(picture: HTMLCanvasElement, most: number): HTMLCanvasElement {
  const { width, height } = sizeTo(picture, most)
  const canvas = canvasOf(width, height)
  const brush = canvas.getContext('2d')!
  brush.imageSmoothingQuality = 'high'
  brush.drawImage(picture, 0, 0, width, height)
  return canvas
}

/** Numbers around 0: blue below, orange above, the ground between; `most` is full colour. */
export function signedPicture(values: ArrayLike<number>, { h: rows, w }: Grid, most: number): HTMLCanvasElement {
  return painted(w, rows, (rgba, i) => {
    const share = Math.max(-1, Math.min(1, values[i] / most))
    const [r, g, b] = share < 0 ? [33, 92, 170] : [205, 90, 0]
    const part = Math.abs(share)
    rgba.set([245 + (r - 245) * part, 245 + (g - 245) * part, 245 + (b - 245) * part])
  })
}

/** A grid as heat on black. */
export function heatPicture(values: ArrayLike<number>, grid: Grid, most = scaleEnd(values)): HTMLCanvasElement {
  const canvas = canvasOf(Math.max(64, grid.w), Math.max(64, Math.round((64 * grid.h) / grid.w), grid.h))
  paintHeat(canvas, values, grid, most)
  return canvas
}

/** Paints heat on black over a whole canvas, or over a part of it. */
export function paintHeat(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  grid: Grid,
  most = scaleEnd(values),
  part = wholeOf(canvas),
): void {
  const layer = heatLayer(part.width, part.height, values, grid, most)
  const brush = canvas.getContext('2d')!
  brush.fillStyle = '#000'
  brush.fillRect(part.x, part.y, part.width, part.height)
  brush.drawImage(layer, part.x, part.y)
}

/** Paints a picture, and a grid as heat over it. */
export function paintOver(canvas: HTMLCanvasElement, picture: HTMLCanvasElement, values: ArrayLike<number>, grid: Grid): void {
  const { width, height } = canvas
  const layer = heatLayer(width, height, values, grid, scaleEnd(values))
  const brush = canvas.getContext('2d')!
  brush.drawImage(picture, 0, 0, width, height)
  brush.drawImage(layer, 0, 0)
}

/** A box around a cell of a grid, dark and light so that it is seen on everything. */
export function markCell(canvas: HTMLCanvasElement, cell: number, { h: rows, w }: Grid): void {
  const brush = canvas.getContext('2d')!
  const [width, height] = [canvas.width / w, canvas.height / rows]
  const [x, y] = [(cell % w) * width, Math.floor(cell / w) * height]
  for (const [line, colour] of [
    [5, '#000'],
    [2, '#fff'],
  ] as const) {
    brush.lineWidth = line
    brush.strokeStyle = colour
    brush.strokeRect(x, y, width, height)
  }
}

/** A dot in the middle of a cell. */
export function markDot(canvas: HTMLCanvasElement, cell: number, { h: rows, w }: Grid, colour: string, radius: number): void {
  const brush = canvas.getContext('2d')!
  brush.beginPath()
  brush.arc((((cell % w) + 0.5) * canvas.width) / w, ((Math.floor(cell / w) + 0.5) * canvas.height) / rows, radius, 0, 2 * Math.PI)
  brush.fillStyle = colour
  brush.fill()
  brush.lineWidth = Math.max(1, radius / 3)
  brush.strokeStyle = '#000'
  brush.stroke()
}

/** The colour of a number from 1, as CSS. */
export function cssColour(number: number): string {
  return `rgb(${segmentColour(number).join(' ')})`
}

/** The same picture once more, for the strip. */
export function copyOf(picture: HTMLCanvasElement, side = 96): HTMLCanvasElement {
  const { width, height } = sizeTo(picture, side)
  const copy = canvasOf(width, height)
  const brush = copy.getContext('2d')!
  brush.imageSmoothingEnabled = !picture.classList.contains('exact')
  brush.drawImage(picture, 0, 0, copy.width, copy.height)
  return copy
}

/** A picture with a caption in sight, and what it shows in words for those who do not see it. */
export function figure(picture: HTMLCanvasElement, caption: string, words: string): HTMLElement {
  picture.setAttribute('role', 'img')
  picture.setAttribute('aria-label', words)
  return h('figure', {}, picture, h('figcaption', {}, caption))
}

function wholeOf({ width, height }: HTMLCanvasElement) {
  return { x: 0, y: 0, width, height }
}
