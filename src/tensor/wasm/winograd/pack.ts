/** @file Filters and tiles of a block of channels, transformed and packed into panels. */
import { type Body, i32 } from '../../../wasm-assembler/index.ts'
import { bytesOf } from '../gemm/pack.ts'
import { interleave4, interleave8, interleave8Half } from '../vectors.ts'
import { f32At, f32Bytes, type I32, type Locals, rowAt, times } from '../vocabulary.ts'
import { COLUMNS, FILTERS, GAP, POINTS_OF_4, RAW, TILES } from './scratch.ts'
import { filterPoints, inputRows, PANEL_BYTES, PANEL_FILTERS, POINTS, SIDE, sixRows, TAPS, TILE } from './transforms.ts'

/** Filters of the task to [36][panel][depth][8]. Missing ones repeat the last. */
export function packFilters(
  f: Body,
  p: Locals<'weight' | 'half' | 'channels' | 'scratch' | 'filter0' | 'panels' | 'channel0' | 'depth'> & { lastFilter: I32 },
): void {
  const tapBytes = f.let(bytesOf(p.channels, p.half))
  const filterBytes = f.let(times(tapBytes, TAPS * TAPS))
  const last = f.local('i32', p.lastFilter)
  const raw = f.let(i32.add(p.scratch, RAW))
  const panelBytes = f.let(times(p.depth, PANEL_BYTES))
  const stride = f.let(i32.add(i32.mul(p.panels, panelBytes), GAP))
  f.for(0, p.panels, 1, (panel) => {
    // 1. Eight filters side by side, tap by tap: [9][depth][8].
    const filter = f.let(i32.add(p.filter0, times(panel, PANEL_FILTERS)))
    const to = f.let(raw)
    const from = f.let(i32.add(p.weight, bytesOf(p.channel0, p.half)))
    f.for(0, TAPS * TAPS, 1, () => {
      for (const r of [0, 4]) {
        const row = (i: number) => rowAt(from, i32.minU(i32.add(filter, r + i), last), filterBytes)
        const args = { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.depth, to: i32.add(to, 4 * r) }
        f.if(
          p.half,
          () => f.run(interleave8Half, args),
          () => f.run(interleave8, args),
        )
      }
      f.increase(from, tapBytes)
      f.increase(to, panelBytes)
    })
    // 2. Their values at the 36 points.
    f.run(filterPoints, { raw, depth: p.depth, to: i32.add(p.scratch, FILTERS, i32.mul(panel, panelBytes)), stride })
  })
}

/** The image, and its tiles in rows over all images, as `winograd` takes them. */
type Image = Locals<'x' | 'channels' | 'width' | 'height' | 'top' | 'left' | 'tilesX' | 'tilesY'>

/** Tiles of the task to [36][tile/4][depth][4]. Missing ones repeat the last of all. */
export function packTiles(
  f: Body,
  p: Image & Locals<'scratch' | 'zeros' | 'tile0' | 'quads' | 'channel0' | 'depth'> & { lastTile: I32 },
): void {
  const pixelBytes = f.let(f32Bytes(p.channels))
  const lineBytes = f.let(i32.mul(pixelBytes, p.width))
  const stride = f.let(f32Bytes(p.depth))
  const last = f.local('i32', p.lastTile)
  const columns = f.let(i32.add(p.scratch, COLUMNS))
  f.for(0, p.quads, 1, (quad) => {
    const points = f.let(i32.add(p.scratch, POINTS_OF_4))
    f.for(0, 4, 1, (member) => {
      // 1. Where the tile's 6×6 pixels lie; rows of tiles are counted over all images.
      const tile = f.let(i32.minU(i32.add(p.tile0, times(quad, 4), member), last))
      const line = f.let(i32.divU(tile, p.tilesX))
      const x0 = f.let(i32.sub(times(i32.remU(tile, p.tilesX), TILE), p.left))
      const y0 = f.let(i32.sub(times(i32.remU(line, p.tilesY), TILE), p.top))
      const start = f.let(f32At(p.x, p.channel0))
      f.increase(start, i32.mul(i32.add(i32.mul(i32.divU(line, p.tilesY), p.height), y0), lineBytes))
      f.increase(start, i32.mul(x0, pixelBytes))

      // 2. Bᵀ·d, column by column: [x][y]. Pixels outside are 0; coordinates below 0 are unsigned,
      // and too large as well.
      const to = f.let(columns)
      f.for(0, SIDE, 1, (x) => {
        const insideX = f.let(i32.ltU(i32.add(x0, x), p.width))
        const pixel = (y: number) => {
          const inside = i32.and(insideX, i32.ltU(i32.add(y0, y), p.height))
          return i32.select(inside, rowAt(start, y, lineBytes), p.zeros)
        }
        f.run(inputRows, { ...sixRows(pixel), depth: p.depth, to, stride })
        f.increase(start, pixelBytes)
        f.increase(to, times(stride, SIDE))
      })

      // 3. (Bᵀ·d)·B, row by row: [y][x].
      const from = f.let(columns)
      f.for(0, SIDE, 1, () => {
        f.run(inputRows, { ...sixRows((x) => rowAt(from, SIDE * x, stride)), depth: p.depth, to: points, stride })
        f.increase(from, stride)
        f.increase(points, times(stride, SIDE))
      })
    })

    // 4. The four tiles side by side, point by point.
    const from = f.let(i32.add(p.scratch, POINTS_OF_4))
    const to = f.let(i32.add(p.scratch, TILES, times(i32.mul(quad, stride), 4)))
    f.for(0, POINTS, 1, () => {
      const row = (member: number) => rowAt(from, POINTS * member, stride)
      f.run(interleave4, { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.depth, to })
      f.increase(from, stride)
      f.increase(to, i32.mul(times(p.quads, 4), stride))
    })
  })
}
