/**
 * @file 3×3 convolutions of stride 1 by Winograd's minimal filtering, F(4×4, 3×3): 36
 * multiplications a tile of 16 pixels instead of 144 (Lavin and Gray, arXiv 1509.09308).
 *
 * A tile of 6×6 input pixels d and a filter g give Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A; summed over
 * channels, the products at each of the 36 *points* are a matrix product of tiles and filters,
 * which the GEMM's micro-kernel computes. The matrices are those of Toom and Cook for polynomials
 * through 0, ±¾, ±3⁄2 and ∞. The usual ±1, ±2 need no multiplications by fractions, but lose more
 * digits: with these the error is 3 to 6 times that of the direct sum in f32 (3e-6 of the largest
 * value at 320 channels, 6e-6 at 1280), with those 15 times.
 *
 * A task computes some tiles of some filters. For each block of channels it transforms the filters
 * and the tiles into panels for all points, and adds their products to `sums`; behind the last
 * block the sums are transformed back. Nothing but a task's blocks exists of the transformed
 * operands, which would take 4 times the memory of f32 weights.
 */
import { type Body, type Expr, f32x4, i32, type Local, procedure, v128 } from '../../wasm-assembler/index.ts'
import { epilogueRow, microKernel } from './gemm.ts'
import { kernel } from './kernel.ts'
import { interleave4, interleave8, interleave8Half } from './vectors.ts'

/** Tiles, filters and channels of a block, at most. */
export const MAX_TILES = 64
export const MAX_FILTERS = 128
export const MAX_BLOCK = 64
/** Pixels of a tile's side. */
export const TILE = 4
const SIDE = TILE + 2
const POINTS = SIDE * SIDE

// The scratch memory of a thread.
const FILTERS = 0
const TILES = FILTERS + 4 * POINTS * MAX_BLOCK * MAX_FILTERS
const SUMS = TILES + 4 * POINTS * MAX_TILES * MAX_BLOCK
const RAW = SUMS + 4 * POINTS * MAX_TILES * MAX_FILTERS
const COLUMNS = RAW + 4 * 9 * MAX_BLOCK * 8
const POINTS_OF_4 = COLUMNS + 4 * POINTS * MAX_BLOCK
// While tiles are transformed back: 4×6 rows of numbers, and where pixels outside the picture go.
const BACK = COLUMNS
const DROPPED = BACK + 4 * TILE * SIDE * MAX_FILTERS
const ZEROS = POINTS_OF_4 + 4 * 4 * POINTS * MAX_BLOCK
const ZEROS_BYTES = 4 * Math.max(MAX_BLOCK, MAX_FILTERS)

type Vector = Local<'v128'>

/** Bᵀ·d */
function transformInput(f: Body, [d0, d1, d2, d3, d4, d5]: readonly Vector[]): Vector[] {
  const near = f.let(f.madd(d2, f.splat(-9 / 4), d4))
  const nearOdd = f.let(f.madd(d1, f.splat(-9 / 4), d3))
  const far = f.let(f.madd(d2, f.splat(-9 / 16), d4))
  const farOdd = f.let(f.madd(d1, f.splat(-9 / 16), d3))
  return [
    f.madd(d0, f.splat(81 / 64), f.madd(d2, f.splat(-45 / 16), d4)),
    f.madd(nearOdd, f.splat(3 / 4), near),
    f.madd(nearOdd, f.splat(-3 / 4), near),
    f.madd(farOdd, f.splat(3 / 2), far),
    f.madd(farOdd, f.splat(-3 / 2), far),
    f.madd(d1, f.splat(81 / 64), f.madd(d3, f.splat(-45 / 16), d5)),
  ].map((x) => f.let(x))
}

/** G·g */
function transformFilter(f: Body, [g0, g1, g2]: readonly Vector[]): Vector[] {
  const near = f.let(f.madd(g0, f.splat(-128 / 243), f32x4.mul(g2, f.splat(-8 / 27))))
  const far = f.let(f.madd(g0, f.splat(32 / 243), f32x4.mul(g2, f.splat(8 / 27))))
  return [
    f32x4.mul(g0, f.splat(64 / 81)),
    f.madd(g1, f.splat(-32 / 81), near),
    f.madd(g1, f.splat(32 / 81), near),
    f.madd(g1, f.splat(16 / 81), far),
    f.madd(g1, f.splat(-16 / 81), far),
    g2,
  ].map((x) => f.let(x))
}

/** Aᵀ·m */
function transformBack(f: Body, [m0, m1, m2, m3, m4, m5]: readonly Vector[]): Vector[] {
  const near = f.let(f32x4.add(m1, m2))
  const nearOdd = f.let(f32x4.sub(m1, m2))
  const far = f.let(f32x4.add(m3, m4))
  const farOdd = f.let(f32x4.sub(m3, m4))
  return [
    f32x4.add(m0, near, far),
    f.madd(farOdd, f.splat(3 / 2), f32x4.mul(nearOdd, f.splat(3 / 4))),
    f.madd(far, f.splat(9 / 4), f32x4.mul(near, f.splat(9 / 16))),
    f.madd(farOdd, f.splat(27 / 8), f.madd(nearOdd, f.splat(27 / 64), m5)),
  ].map((x) => f.let(x))
}

/** Raw filters [9][depth][8] to [36 points, `stride` bytes apart][depth][8]. */
const filterPoints = procedure('filterPoints', { raw: 'i32', depth: 'i32', to: 'i32', stride: 'i32' }, (f, { raw, depth, to, stride }) => {
  const tapBytes = f.let(i32.shl(depth, 5))
  const end = f.let(i32.add(raw, tapBytes))
  const from = f.local('i32')
  const place = f.local('i32')
  f.while(i32.ltU(raw, end), () => {
    f.set(from, raw)
    const taps = Array.from({ length: 9 }, () => {
      const tap = f.let(v128.load(from))
      f.increase(from, tapBytes)
      return tap
    })
    const columns = [0, 1, 2].map((x) => transformFilter(f, [taps[x], taps[3 + x], taps[6 + x]]))
    f.set(place, to)
    for (let y = 0; y < SIDE; y++)
      for (const point of transformFilter(
        f,
        columns.map((column) => column[y]),
      )) {
        f.do(v128.store(place, point))
        f.increase(place, stride)
      }
    f.increase(raw, 16)
    f.increase(to, 16)
  })
})

const SIX_ROWS = { from0: 'i32', from1: 'i32', from2: 'i32', from3: 'i32', from4: 'i32', from5: 'i32' } as const
const INPUT = { ...SIX_ROWS, depth: 'i32', to: 'i32', stride: 'i32' } as const

/** Bᵀ times six rows of `depth` numbers; the results lie `stride` bytes apart. */
const inputRows = procedure('inputRows', INPUT, (f, { from0, from1, from2, from3, from4, from5, depth, to, stride }) => {
  const end = f.let(i32.add(from0, i32.shl(depth, 2)))
  const others = [from1, from2, from3, from4, from5]
  const results = [to, ...f.locals('i32', SIDE - 1)]
  for (const [i, result] of results.entries()) if (i > 0) f.set(result, i32.add(results[i - 1], stride))
  // One counter for all: addresses become distances from it.
  for (const address of [...others, ...results]) f.set(address, i32.sub(address, from0))
  const at = f.local('i32')
  f.for(at, from0, end, 16, () => {
    const rows = [at, ...others.map((address) => i32.add(address, at))].map((address) => f.let(v128.load(address)))
    for (const [i, value] of transformInput(f, rows).entries()) f.do(v128.store(i32.add(results[i], at), value))
  })
})

const OUTPUT = { ...SIX_ROWS, depth: 'i32', to0: 'i32', to1: 'i32', to2: 'i32', to3: 'i32' } as const

/** Aᵀ times six rows of `depth` numbers. */
const outputRows = procedure('outputRows', OUTPUT, (f, { from0, from1, from2, from3, from4, from5, depth, to0, to1, to2, to3 }) => {
  const end = f.let(i32.add(from0, i32.shl(depth, 2)))
  const others = [from1, from2, from3, from4, from5]
  const results = [to0, to1, to2, to3]
  for (const address of [...others, ...results]) f.set(address, i32.sub(address, from0))
  const at = f.local('i32')
  f.for(at, from0, end, 16, () => {
    const rows = [at, ...others.map((address) => i32.add(address, at))].map((address) => f.let(v128.load(address)))
    for (const [i, value] of transformBack(f, rows).entries()) f.do(v128.store(i32.add(results[i], at), value))
  })
})

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
    const tile0 = f.let(i32.mul(i32.divU(task, p.filterTasks), p.tilesPerTask))
    const tiles = f.let(i32.minU(p.tilesPerTask, i32.sub(p.tiles, tile0)))
    const filter0 = f.let(i32.mul(i32.remU(task, p.filterTasks), p.filtersPerTask))
    const filters = f.let(i32.minU(p.filtersPerTask, i32.sub(p.filters, filter0)))
    const panels = f.let(i32.shrU(i32.add(filters, 7), 3))
    const quads = f.let(i32.shrU(i32.add(tiles, 3), 2))
    const zeros = f.let(i32.add(scratch, ZEROS))
    const at = f.local('i32')
    f.for(at, 0, ZEROS_BYTES, 16, () => f.do(v128.store(i32.add(zeros, at), f.splat(0))))
    const channel = f.local('i32')
    const depth = f.local('i32')
    f.for(channel, 0, p.channels, p.blockChannels, () => {
      f.set(depth, i32.minU(p.blockChannels, i32.sub(p.channels, channel)))
      packFilters(f, { ...p, scratch, filter0, lastFilter: i32.sub(i32.add(filter0, filters), 1), panels, channel, depth })
      packTiles(f, { ...p, scratch, zeros, tile0, quads, lastTile: i32.sub(p.tiles, 1), channel, depth })
      multiply(f, { scratch, panels, quads, depth, accumulate: channel })
    })
    const tile = f.local('i32')
    f.for(tile, 0, tiles, 1, () => finishTile(f, { ...p, scratch, zeros, tile0, tile, filter0, count: filters, panels, quads }))
  },
)

type I32 = Expr<'i32'>
type Registers<K extends string> = Record<K, Local<'i32'>>

/** Filters of the task to [36][panel][depth][8]. Missing ones repeat the last. */
function packFilters(
  f: Body,
  p: Registers<'weight' | 'half' | 'channels' | 'scratch' | 'filter0' | 'panels' | 'channel' | 'depth'> & { lastFilter: I32 },
): void {
  const panel = f.local('i32')
  const tap = f.local('i32')
  const filter = f.local('i32')
  const to = f.local('i32')
  const shift = f.let(i32.sub(2, p.half))
  const rowBytes = f.let(i32.shl(i32.mul(p.channels, i32.const(9)), shift))
  const last = f.let(p.lastFilter)
  const from = f.local('i32')
  const raw = f.let(i32.add(p.scratch, RAW))
  const panelBytes = f.let(i32.shl(p.depth, 5))
  const stride = f.let(i32.mul(p.panels, panelBytes))
  f.for(panel, 0, p.panels, 1, () => {
    f.set(filter, i32.add(p.filter0, i32.shl(panel, 3)))
    f.set(to, raw)
    f.set(from, i32.add(p.weight, i32.shl(p.channel, shift)))
    f.for(tap, 0, 9, 1, () => {
      for (const r of [0, 4]) {
        const row = (i: number) => i32.add(from, i32.mul(i32.minU(i32.add(filter, r + i), last), rowBytes))
        const args = { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.depth, to: i32.add(to, 4 * r) }
        f.if(
          p.half,
          () => f.run(interleave8Half, args),
          () => f.run(interleave8, args),
        )
      }
      f.increase(from, i32.shl(p.channels, shift))
      f.increase(to, panelBytes)
    })
    f.run(filterPoints, { raw, depth: p.depth, to: i32.add(p.scratch, FILTERS, i32.mul(panel, panelBytes)), stride })
  })
}

/** Tiles of the task to [36][tile/4][depth][4]. Missing ones repeat the last of all. */
function packTiles(
  f: Body,
  p: Registers<
    | 'x'
    | 'channels'
    | 'width'
    | 'height'
    | 'top'
    | 'left'
    | 'tilesX'
    | 'tilesY'
    | 'scratch'
    | 'zeros'
    | 'tile0'
    | 'quads'
    | 'channel'
    | 'depth'
  > & { lastTile: I32 },
): void {
  const pixelBytes = f.let(i32.shl(p.channels, 2))
  const lineBytes = f.let(i32.mul(pixelBytes, p.width))
  const depthBytes = f.let(i32.shl(p.depth, 2))
  const last = f.let(p.lastTile)
  const quad = f.local('i32')
  const member = f.local('i32')
  const tile = f.local('i32')
  const line = f.local('i32')
  const x0 = f.local('i32')
  const y0 = f.local('i32')
  const i = f.local('i32')
  const to = f.local('i32')
  const from = f.local('i32')
  const start = f.local('i32')
  const points = f.local('i32')
  const columns = f.let(i32.add(p.scratch, COLUMNS))
  f.for(quad, 0, p.quads, 1, () => {
    f.set(points, i32.add(p.scratch, POINTS_OF_4))
    f.for(member, 0, 4, 1, () => {
      f.set(tile, i32.minU(i32.add(p.tile0, i32.shl(quad, 2), member), last))
      // Numbers of tile rows run over all images.
      f.set(line, i32.divU(tile, p.tilesX))
      f.set(x0, i32.sub(i32.shl(i32.remU(tile, p.tilesX), 2), p.left))
      f.set(y0, i32.sub(i32.shl(i32.remU(line, p.tilesY), 2), p.top))
      f.set(start, i32.add(p.x, i32.shl(p.channel, 2)))
      f.increase(start, i32.mul(i32.add(i32.mul(i32.divU(line, p.tilesY), p.height), y0), lineBytes))
      f.increase(start, i32.mul(x0, pixelBytes))
      f.set(to, columns)
      // Unsigned comparisons, so that coordinates below 0 are too large as well.
      f.for(i, 0, SIDE, 1, () => {
        const insideX = f.let(i32.ltU(i32.add(x0, i), p.width))
        const row = (y: number) =>
          i32.select(i32.and(insideX, i32.ltU(i32.add(y0, y), p.height)), i32.add(start, i32.mul(lineBytes, y)), p.zeros)
        f.run(inputRows, {
          from0: row(0),
          from1: row(1),
          from2: row(2),
          from3: row(3),
          from4: row(4),
          from5: row(5),
          depth: p.depth,
          to,
          stride: depthBytes,
        })
        f.increase(start, pixelBytes)
        f.increase(to, i32.mul(depthBytes, SIDE))
      })
      // [x][y] of the tile is ready by columns; now by rows, to [y][x].
      f.set(from, columns)
      f.for(i, 0, SIDE, 1, () => {
        const column = (x: number) => i32.add(from, i32.mul(depthBytes, SIDE * x))
        f.run(inputRows, {
          from0: column(0),
          from1: column(1),
          from2: column(2),
          from3: column(3),
          from4: column(4),
          from5: column(5),
          depth: p.depth,
          to: points,
          stride: depthBytes,
        })
        f.increase(from, depthBytes)
        f.increase(points, i32.mul(depthBytes, SIDE))
      })
    })
    f.set(from, i32.add(p.scratch, POINTS_OF_4))
    f.set(to, i32.add(p.scratch, TILES, i32.shl(i32.mul(quad, depthBytes), 2)))
    f.for(i, 0, POINTS, 1, () => {
      const row = (member: number) => i32.add(from, i32.mul(depthBytes, POINTS * member))
      f.run(interleave4, { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.depth, to })
      f.increase(from, depthBytes)
      f.increase(to, i32.mul(i32.shl(p.quads, 2), depthBytes))
    })
  })
}

/** sums [36][tile][filter] = or += tiles · filters, point by point. */
function multiply(f: Body, p: Registers<'scratch' | 'panels' | 'quads' | 'depth' | 'accumulate'>): void {
  const point = f.local('i32')
  const panel = f.local('i32')
  const at = f.local('i32')
  const tiles = f.let(i32.add(p.scratch, TILES))
  const filters = f.let(i32.add(p.scratch, FILTERS))
  const sums = f.let(i32.add(p.scratch, SUMS))
  const stride = f.let(i32.shl(p.panels, 5))
  f.for(point, 0, POINTS, 1, () => {
    f.for(panel, 0, p.panels, 1, () => {
      f.set(at, i32.add(sums, i32.shl(panel, 5)))
      f.run(microKernel, {
        a: tiles,
        b: filters,
        c: at,
        stride,
        addend: i32.select(p.accumulate, at, 0),
        addendStride: stride,
        depth: p.depth,
        count: p.quads,
      })
      f.increase(filters, i32.shl(p.depth, 5))
    })
    f.increase(tiles, i32.shl(i32.mul(p.quads, p.depth), 4))
    f.increase(sums, i32.mul(i32.shl(p.quads, 2), stride))
  })
}

/** Transforms the sums of a tile back, and stores the pixels that lie inside, with the epilogue. */
function finishTile(
  f: Body,
  p: Registers<
    | 'out'
    | 'bias'
    | 'perImage'
    | 'residual'
    | 'activation'
    | 'outWidth'
    | 'outHeight'
    | 'tilesX'
    | 'tilesY'
    | 'scratch'
    | 'zeros'
    | 'tile0'
    | 'tile'
    | 'filter0'
    | 'filters'
    | 'count'
    | 'panels'
    | 'quads'
  >,
): void {
  const { count } = p
  const index = f.let(i32.add(p.tile0, p.tile))
  const line = f.let(i32.divU(index, p.tilesX))
  const image = f.let(i32.divU(line, p.tilesY))
  const x0 = f.let(i32.shl(i32.remU(index, p.tilesX), 2))
  const y = f.let(i32.shl(i32.remU(line, p.tilesY), 2))
  const tileBytes = f.let(i32.shl(p.panels, 5))
  const pointBytes = f.let(i32.mul(i32.shl(p.quads, 2), tileBytes))
  const rowBytes = f.let(i32.shl(count, 2))
  const from = f.let(i32.add(p.scratch, SUMS, i32.mul(p.tile, tileBytes)))
  const to = f.let(i32.add(p.scratch, BACK))
  const dropped = f.let(i32.add(p.scratch, DROPPED))
  const i = f.local('i32')
  // [y][x]: each column of points is four numbers now.
  f.for(i, 0, SIDE, 1, () => {
    const row = (y: number) => i32.add(from, i32.mul(pointBytes, SIDE * y))
    const place = (y: number) => i32.add(to, i32.mul(rowBytes, SIDE * y))
    f.run(outputRows, {
      from0: row(0),
      from1: row(1),
      from2: row(2),
      from3: row(3),
      from4: row(4),
      from5: row(5),
      depth: count,
      to0: place(0),
      to1: place(1),
      to2: place(2),
      to3: place(3),
    })
    f.increase(from, pointBytes)
    f.increase(to, rowBytes)
  })
  const pixelBytes = f.let(i32.shl(p.filters, 2))
  const shift = f.let(i32.shl(p.filter0, 2))
  const pixel = f.local('i32')
  const yEnd = f.let(i32.minU(p.outHeight, i32.add(y, TILE)))
  f.set(from, i32.add(p.scratch, BACK))
  f.while(i32.ltU(y, yEnd), () => {
    f.set(pixel, i32.add(i32.mul(i32.add(i32.mul(image, p.outHeight), y), p.outWidth), x0))
    f.set(to, i32.add(i32.mul(pixel, pixelBytes), shift))
    const row = (x: number) => i32.add(from, i32.mul(rowBytes, x))
    const place = (x: number) => i32.select(i32.ltU(i32.add(x0, x), p.outWidth), i32.add(p.out, to, i32.mul(pixelBytes, x)), dropped)
    f.run(outputRows, {
      from0: row(0),
      from1: row(1),
      from2: row(2),
      from3: row(3),
      from4: row(4),
      from5: row(5),
      depth: count,
      to0: place(0),
      to1: place(1),
      to2: place(2),
      to3: place(3),
    })
    f.for(i, x0, i32.minU(p.outWidth, i32.add(x0, TILE)), 1, () => {
      const place = (address: Local<'i32'>, distance: Expr<'i32'>) => i32.select(address, i32.add(address, distance), 0)
      f.run(epilogueRow, {
        c: i32.add(p.out, to),
        columns: count,
        alpha: 1,
        bias: place(p.bias, shift),
        perImage: place(p.perImage, i32.add(i32.mul(image, pixelBytes), shift)),
        residual: place(p.residual, to),
        activation: p.activation,
        zeros: p.zeros,
      })
      f.increase(to, pixelBytes)
    })
    f.increase(from, i32.mul(rowBytes, SIDE))
    f.increase(y, 1)
  })
}
