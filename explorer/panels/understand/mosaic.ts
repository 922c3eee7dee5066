/** @file Many small maps on one canvas. */
import type { Proposals } from 'adzus'
import { canvasOf, paintHeat } from './drawing.ts'

export interface Mosaic {
  canvas: HTMLCanvasElement
  columns: number
  /** Of a tile, in pixels of the canvas, its gap included. */
  tile: { width: number; height: number }
}

/** Width of the canvas in pixels, about, and of tiles at most and at least. */
const WIDTH = 480
const [WIDEST, NARROWEST] = [120, 24]
const GAP = 2

/** All maps in their order, row by row. */
export function mosaicOf({ grid, count, values }: Proposals): Mosaic {
  const wanted = Math.floor(WIDTH / Math.ceil(Math.sqrt(count)))
  const width = Math.min(WIDEST, Math.max(NARROWEST, wanted))
  const height = Math.max(1, Math.round((width * grid.h) / grid.w))
  const columns = Math.min(count, Math.max(1, Math.floor(WIDTH / width)))
  const canvas = canvasOf(columns * width, Math.ceil(count / columns) * height, 'mosaic')
  const cells = grid.h * grid.w
  for (let i = 0; i < count; i++) {
    const part = { x: (i % columns) * width, y: Math.floor(i / columns) * height, width: width - GAP, height: height - GAP }
    paintHeat(canvas, values.subarray(i * cells, (i + 1) * cells), grid, undefined, part)
  }
  return { canvas, columns, tile: { width, height } }
}

/** The map that a pixel of the canvas belongs to; it may be behind the last one. */
export function tileAt({ columns, tile }: Omit<Mosaic, 'canvas'>, x: number, y: number): number {
  return Math.floor(y / tile.height) * columns + Math.min(columns - 1, Math.floor(x / tile.width))
}

/** A frame around a map. */
export function markTile(canvas: HTMLCanvasElement, { columns, tile }: Omit<Mosaic, 'canvas'>, index: number): void {
  const brush = canvas.getContext('2d')!
  const [x, y] = [(index % columns) * tile.width, Math.floor(index / columns) * tile.height]
  brush.lineWidth = 2
  brush.strokeStyle = '#fff'
  brush.strokeRect(x + 1, y + 1, tile.width - GAP - 2, tile.height - GAP - 2)
}
