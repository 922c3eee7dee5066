/** @file Many small maps on one canvas. */
import type { Proposals } from 'adzus'
import { canvasOf, paintHeat } from './drawing.ts'

/** How tiles lie on a canvas, in its pixels. */
export interface MosaicSize {
  width: number
  height: number
  columns: number
  /** Of a tile, its gap included. */
  tile: { width: number; height: number }
}

/** Width of the canvas in pixels, at most, and of tiles at most and at least. */
const WIDTH = 480
const [WIDEST, NARROWEST] = [120, 24]
const GAP = 2

/** Room for `count` maps of a grid. */
export function mosaicSize({ h, w }: Proposals['grid'], count: number): MosaicSize {
  const wanted = Math.floor(WIDTH / Math.ceil(Math.sqrt(count)))
  const width = Math.min(WIDEST, Math.max(NARROWEST, wanted))
  const height = Math.max(GAP + 1, Math.round((width * h) / w))
  const columns = Math.min(count, Math.floor(WIDTH / width))
  return { width: columns * width, height: Math.ceil(count / columns) * height, columns, tile: { width, height } }
}

/** All maps in their order, row by row. */
export function mosaicOf({ grid, count, values }: Proposals): HTMLCanvasElement {
  const { width, height, columns, tile } = mosaicSize(grid, count)
  const canvas = canvasOf(width, height, 'mosaic')
  const cells = grid.h * grid.w
  for (let i = 0; i < count; i++) {
    const [x, y] = [(i % columns) * tile.width, Math.floor(i / columns) * tile.height]
    const part = { x, y, width: tile.width - GAP, height: tile.height - GAP }
    paintHeat(canvas, values.subarray(i * cells, (i + 1) * cells), grid, undefined, part)
  }
  return canvas
}

/** The map that a pixel of the canvas belongs to; it may be behind the last one. */
export function tileAt({ columns, tile }: MosaicSize, x: number, y: number): number {
  return Math.floor(y / tile.height) * columns + Math.min(columns - 1, Math.floor(x / tile.width))
}

/** A frame around a map. */
export function markTile(canvas: HTMLCanvasElement, { columns, tile }: MosaicSize, index: number): void {
  const brush = canvas.getContext('2d')!
  const [x, y] = [(index % columns) * tile.width, Math.floor(index / columns) * tile.height]
  brush.lineWidth = 2
  brush.strokeStyle = '#fff'
  brush.strokeRect(x + 1, y + 1, tile.width - GAP - 2, tile.height - GAP - 2)
}
