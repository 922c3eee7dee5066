/**
 * @file 3×3 convolutions of stride 1 by Winograd's minimal filtering, F(4×4, 3×3): 36
 * multiplications a tile of 16 pixels instead of 144 (Lavin and Gray, arXiv 1509.09308).
 *
 * A tile of 6×6 input pixels d and a filter g give
 *
 *     Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A
 *
 * with the matrices of `table.ts`. Summed over channels, the products at each of the 36 *points*
 * are a matrix product of tiles and filters, which the GEMM's micro-kernel computes.
 *
 * A task computes some tiles of some filters. For each block of channels it transforms the filters
 * and the tiles into panels for all points, and adds their products to the sums; behind the last
 * block the sums are transformed back. Nothing but a task's blocks exists of the transformed
 * operands, which would take 4 times the memory of f32 weights.
 */
import { type Body, i32 } from '../../../wasm-assembler/index.ts'
import { A_BYTES, microKernel } from '../gemm/micro-kernel.ts'
import { kernel } from '../kernel.ts'
import { ceilDiv, type Locals, rowAt, taskRange, times, zero } from '../vocabulary.ts'
import { finishTile } from './back.ts'
import { packFilters, packTiles } from './pack.ts'
import { FILTERS, GAP, SUMS, TILES, ZEROS, ZEROS_BYTES } from './scratch.ts'
import { PANEL_BYTES, PANEL_FILTERS, POINTS } from './transforms.ts'

/** Tasks: tiles, filters. */
export const winograd = kernel(
  'winograd',
  {
    /** Addresses; 0 where there is none. */
    x: 'i32',
    weight: 'i32',
    out: 'i32',
    bias: 'i32',
    perImage: 'i32',
    residual: 'i32',
    /** 1: the weights are f16. */
    half: 'i32',
    channels: 'i32',
    filters: 'i32',
    width: 'i32',
    height: 'i32',
    outWidth: 'i32',
    outHeight: 'i32',
    top: 'i32',
    left: 'i32',
    /** Tiles of all images. */
    tiles: 'i32',
    tilesX: 'i32',
    tilesY: 'i32',
    tilesPerTask: 'i32',
    filtersPerTask: 'i32',
    filterTasks: 'i32',
    blockChannels: 'i32',
    activation: 'i32',
  },
  (f, p, { task, scratch }) => {
    // 1. The task's tiles and filters, and their panels of 4 and of 8.
    const tiles = taskRange(f, i32.divU(task, p.filterTasks), p.tilesPerTask, p.tiles)
    const filters = taskRange(f, i32.remU(task, p.filterTasks), p.filtersPerTask, p.filters)
    const tileCount = f.let(i32.sub(tiles.end, tiles.first))
    const count = f.let(i32.sub(filters.end, filters.first))
    const panels = f.let(ceilDiv(count, PANEL_FILTERS))
    const quads = f.let(ceilDiv(tileCount, 4))
    const zeros = f.let(i32.add(scratch, ZEROS))
    zero(f, zeros, ZEROS_BYTES)
    const own = { scratch, zeros, tile0: tiles.first, filter0: filters.first, panels, quads }

    // 2. Block by block of channels: transform, and multiply at each point.
    f.for(0, p.channels, p.blockChannels, (channel0) => {
      const depth = f.let(i32.minU(p.blockChannels, i32.sub(p.channels, channel0)))
      packFilters(f, { ...p, ...own, lastFilter: i32.sub(filters.end, 1), channel0, depth })
      packTiles(f, { ...p, ...own, lastTile: i32.sub(p.tiles, 1), channel0, depth })
      multiplyPoints(f, { ...own, depth, accumulate: channel0 })
    })

    // 3. Transform back.
    f.for(0, tileCount, 1, (tile) => finishTile(f, { ...p, ...own, tile, count }))
  },
)

/** sums [36][tile][filter] = or += tiles · filters, point by point. */
function multiplyPoints(f: Body, p: Locals<'scratch' | 'panels' | 'quads' | 'depth' | 'accumulate'>): void {
  const tiles = f.let(i32.add(p.scratch, TILES))
  const filters = f.let(i32.add(p.scratch, FILTERS))
  const sums = f.let(i32.add(p.scratch, SUMS))
  const stride = f.let(times(p.panels, PANEL_BYTES))
  f.for(0, POINTS, 1, () => {
    f.for(0, p.panels, 1, (panel) => {
      const c = f.let(rowAt(sums, panel, PANEL_BYTES))
      f.run(microKernel, {
        a: tiles,
        b: filters,
        c,
        stride,
        addend: i32.select(p.accumulate, c, 0),
        addendStride: stride,
        depth: p.depth,
        count: p.quads,
      })
      f.increase(filters, times(p.depth, PANEL_BYTES))
    })
    f.increase(filters, GAP)
    f.increase(tiles, times(i32.mul(p.quads, p.depth), A_BYTES))
    f.increase(sums, i32.mul(times(p.quads, 4), stride))
  })
}
