/** @file Where tiles lie: equal ones in rows, each overlapping the next. */
import type { Size } from '../../pixels/bilinear.ts'
import type { Box } from '../../pixels/mask.ts'

/** A tile of a picture. */
export interface Tile {
  /** Its place among all, row after row, from 0. */
  index: number
  /** What is looked at; all tiles have one size. */
  box: Box
  /**
   * What it decides: the pixels to which no other tile's border is farther. The cores of all tiles
   * share the picture without overlapping.
   */
  core: Box
}

/** A stretch of an axis: what a tile sees, and what it decides. */
interface Stretch {
  start: number
  length: number
  from: number
  to: number
}

/**
 * The tiles of a picture, row after row. Neighbours overlap by `overlap` pixels or more, as evenly
 * as whole pixels allow; a picture that is no larger than a tile has one along that axis.
 * @param tile pixels a side
 * @param overlap pixels, less than `tile`
 * @example
 * tilesOf({ width: 1024, height: 1024 }, 256, 32).length // 25
 */
export function tilesOf({ width, height }: Size, tile: number, overlap: number): Tile[] {
  const columns = stretches(width, tile, overlap)
  return stretches(height, tile, overlap).flatMap((row, j) =>
    columns.map((column, i) => ({
      index: j * columns.length + i,
      box: { x: column.start, y: row.start, width: column.length, height: row.length },
      core: { x: column.from, y: row.from, width: column.to - column.from, height: row.to - row.from },
    })),
  )
}

function stretches(size: number, tile: number, overlap: number): Stretch[] {
  if (size <= tile) return [{ start: 0, length: size, from: 0, to: size }]
  const count = Math.ceil((size - overlap) / (tile - overlap))
  const starts = Array.from({ length: count }, (_, i) => Math.round((i * (size - tile)) / (count - 1)))
  // Between two tiles, the middle of what both see.
  const seams = starts.slice(1).map((start, i) => Math.floor((start + starts[i] + tile) / 2))
  return starts.map((start, i) => ({ start, length: tile, from: i === 0 ? 0 : seams[i - 1], to: seams[i] ?? size }))
}

/** A box with so many pixels more on all sides, as far as the picture goes. */
export function widenedBox({ x, y, width, height }: Box, margin: number, within: Size): Box {
  const [left, top] = [Math.max(0, x - margin), Math.max(0, y - margin)]
  return {
    x: left,
    y: top,
    width: Math.min(within.width, x + width + margin) - left,
    height: Math.min(within.height, y + height + margin) - top,
  }
}
