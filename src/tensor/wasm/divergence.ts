/**
 * @file Divergences of maps as products: D(x, y) = ½ [h(x) + h(y) − x·ln y − ln x·y], h(p) = p·ln p, and a bound below them that tells which need not be computed.
 *
 * Both products are one: panels (see `gemm.ts`) hold the numbers of a block of cells and then their logarithms, those of the other side the logarithms and then the numbers. Logarithms are taken while
 * panels are packed and exist nowhere else. ln(n·p) replaces ln p, n the number of cells: the constant cancels exactly, and maps near uniform get logarithms near 0, which keeps digits in f32.
 *
 * *Pooled* maps are sums over 4 × 4 cells. Pooling never raises a divergence (the log-sum inequality), so that pooled ones are bounds, at a sixteenth of the work. A *tile* of 4 × 8 pairs whose bounds
 * are all beyond the cap is left out.
 */
import { type Body, f32, f32x4, i32, type Local, v128 } from '../../wasm/index.ts'
import { clamped, MAX_DEPTH, microKernel, smaller } from './gemm.ts'
import { kernel } from './kernel.ts'
import { functions, keep } from './math.ts'
import { eachMasked, eachVector, interleave4, interleave8, sumLanes } from './vectors.ts'

/** Cells of a block: with the logarithms they fill panels of the depth that suits the micro-kernel. */
export const MAX_CELLS = MAX_DEPTH / 2
/** Rows and columns of a task, at most. */
export const MAX_ROWS = 256
export const MAX_COLUMNS = 128
/** Rows of x between two panels of y: their panels stay in the L2 cache. */
const STRIP = 64
/** Cells that are pooled along each axis. */
export const POOL = 4

// The scratch memory of a thread: tiles of 4 × 8 sums, column by column; whether each is wanted, behind whether any of its column is; panels and entropies of y.
const TILES = 0
const WANTED = TILES + 4 * MAX_ROWS * MAX_COLUMNS
const PANELS = WANTED + 4 * (MAX_ROWS / 4 + 1) * (MAX_COLUMNS / 8)
const ENTROPIES = PANELS + 8 * MAX_COLUMNS * MAX_CELLS

const MAP = { cells: 'i32', blockCells: 'i32', floor: 'f32', scale: 'f32' } as const

/** ln(scale · max(x, floor)) of vectors `from` … `from + bytes`, `lanes` of them at a time; adds each vector times its logarithm to the entropies. */
function packLogs(
  f: Body,
  {
    floor,
    scale,
    from,
    to,
    bytes,
  }: { floor: Local<'v128'>; scale: Local<'v128'>; from: Local<'i32'>; to: Local<'i32'>; bytes: Local<'i32'> },
  entropies: readonly Local<'v128'>[],
): void {
  const at = f.local('i32')
  f.for(at, 0, bytes, 16 * entropies.length, () => {
    const [source, target] = [f.local('i32', i32.add(from, at)), f.local('i32', i32.add(to, at))]
    for (const [v, entropy] of entropies.entries()) {
      const values = keep(f, v128.load(source, 16 * v))
      const logs = keep(f, functions.log(f, values, floor, scale))
      f.do(v128.store(target, logs, 16 * v))
      f.set(entropy, f.madd(values, logs, entropy))
    }
  })
}

/** Panels of x [rows, cells], all of a block of cells behind one another, and entropies; a panel is 4 rows, the last row repeated. Tasks: panels. */
export const packMaps = kernel('packMaps', { x: 'i32', rows: 'i32', panels: 'i32', entropies: 'i32', ...MAP }, (f, p, { task }) => {
  const stride = f.local('i32', i32.shl(p.cells, 2))
  const quads = f.local('i32', i32.shrU(i32.add(p.rows, 3), 2))
  const row = f.local('i32', i32.shl(task, 2))
  const cell = f.local('i32')
  const depth = f.local('i32')
  const panel = f.local('i32')
  const logs = f.local('i32')
  const bytes = f.local('i32')
  const entropy = f.local('v128', f.splat(0))
  const floor = f.local('v128', f32x4.splat(p.floor))
  const scale = f.local('v128', f32x4.splat(p.scale))
  const address = (r: number) => i32.add(p.x, i32.mul(clamped(row, r, p.rows), stride), i32.shl(cell, 2))
  f.for(cell, 0, p.cells, p.blockCells, () => {
    f.set(depth, smaller(p.blockCells, i32.sub(p.cells, cell)))
    f.set(bytes, i32.shl(depth, 4))
    f.set(panel, i32.add(p.panels, i32.shl(i32.add(i32.mul(quads, cell), i32.mul(task, depth)), 5)))
    f.set(logs, i32.add(panel, bytes))
    f.run(interleave4, { row0: address(0), row1: address(1), row2: address(2), row3: address(3), depth, to: panel })
    packLogs(f, { floor, scale, from: panel, to: logs, bytes }, [entropy])
  })
  f.do(v128.store(i32.add(p.entropies, i32.shl(task, 4)), entropy))
})

/** Divergences of packed rows to y [columns, cells]; infinity in tiles all of whose bounds [rows, columns] are `limit` or more. */
export const divergences = kernel(
  'divergences',
  {
    panels: 'i32',
    entropies: 'i32',
    y: 'i32',
    /** 0 where all are wanted. */
    bounds: 'i32',
    out: 'i32',
    rows: 'i32',
    columns: 'i32',
    ...MAP,
    limit: 'f32',
    rowsPerTask: 'i32',
    columnsPerTask: 'i32',
    columnTasks: 'i32',
  },
  (f, p, { task, scratch }) => {
    const row0 = f.local('i32', i32.mul(i32.divU(task, p.columnTasks), p.rowsPerTask))
    const rows = f.local('i32', smaller(p.rowsPerTask, i32.sub(p.rows, row0)))
    const column0 = f.local('i32', i32.mul(i32.remU(task, p.columnTasks), p.columnsPerTask))
    const columnEnd = f.local('i32', smaller(p.columns, i32.add(column0, p.columnsPerTask)))
    const quads = f.local('i32', i32.shrU(i32.add(rows, 3), 2))
    const allQuads = f.local('i32', i32.shrU(i32.add(p.rows, 3), 2))
    const stride = f.local('i32', i32.shl(p.cells, 2))
    const outStride = f.local('i32', i32.shl(p.columns, 2))
    const floor = f.local('v128', f32x4.splat(p.floor))
    const scale = f.local('v128', f32x4.splat(p.scale))
    const limit = f.local('v128', f32x4.splat(p.limit))

    const column = f.local('i32')
    const width = f.local('i32')
    const quad = f.local('i32')
    const row = f.local('i32')
    const tile = f.local('i32')
    const entropies = f.local('i32')
    /** Of the column: one word for all of it, then one a tile. */
    const wanted = f.local('i32')
    const flag = f.local('i32')
    /** Runs `body` for every 8 columns, with their tiles, flags and entropies. */
    const eachColumn = (body: () => void) => {
      f.set(tile, scratch)
      f.set(wanted, i32.add(scratch, WANTED))
      f.set(entropies, i32.add(scratch, ENTROPIES))
      f.for(column, column0, columnEnd, 8, () => {
        f.set(width, smaller(i32.sub(columnEnd, column), i32.const(8)))
        body()
        f.increase(tile, i32.shl(quads, 7))
        f.increase(wanted, i32.shl(i32.add(quads, 1), 2))
        f.increase(entropies, 32)
      })
    }
    /** Runs `body` for the up to four rows of a tile of which there are any. */
    const eachRow = (body: () => void) => {
      const end = f.local('i32', smaller(i32.add(i32.shl(quad, 2), 4), rows))
      f.for(row, i32.shl(quad, 2), end, 1, body)
    }

    eachColumn(() => {
      for (const half of [0, 16]) f.do(v128.store(entropies, f.splat(0), half))
      f.do(i32.store(wanted, 0))
      f.for(quad, 0, quads, 1, () => {
        f.set(flag, i32.eq(p.bounds, 0))
        f.if(p.bounds, () =>
          eachRow(() => {
            const bounds = f.local('i32', i32.add(p.bounds, i32.mul(i32.add(row0, row), outStride), i32.shl(column, 2)))
            eachMasked(f, width, (at, inside) => {
              const below = f32x4.lt(v128.load(i32.add(bounds, at)), limit)
              f.set(flag, i32.or(flag, v128.anyTrue(inside ? v128.and(below, inside) : below)))
            })
          }),
        )
        f.do(i32.store(i32.add(wanted, i32.shl(quad, 2)), flag, 4), i32.store(wanted, i32.or(flag, i32.load(wanted))))
      })
    })

    const cell = f.local('i32')
    const depth = f.local('i32')
    const strip = f.local('i32')
    const stripEnd = f.local('i32')
    const first = f.local('i32')
    const panel = f.local('i32')
    const values = f.local('i32')
    const bytes = f.local('i32')
    f.for(cell, 0, p.cells, p.blockCells, () => {
      f.set(depth, smaller(p.blockCells, i32.sub(p.cells, cell)))
      f.set(bytes, i32.shl(depth, 5))
      f.set(panel, i32.add(scratch, PANELS))
      eachColumn(() => {
        f.if(i32.load(wanted), () => {
          f.set(values, i32.add(panel, bytes))
          for (const half of [0, 4]) {
            const address = (r: number) => i32.add(p.y, i32.mul(clamped(column, half + r, columnEnd), stride), i32.shl(cell, 2))
            const to = i32.add(values, 4 * half)
            f.run(interleave8, { row0: address(0), row1: address(1), row2: address(2), row3: address(3), depth, to })
          }
          const sums = [0, 16].map((half) => keep(f, v128.load(entropies, half)))
          packLogs(f, { floor, scale, from: values, to: panel, bytes }, sums)
          for (const [i, sum] of sums.entries()) f.do(v128.store(entropies, sum, 16 * i))
        })
        f.increase(panel, i32.shl(bytes, 1))
      })
      f.for(strip, 0, quads, STRIP / 4, () => {
        f.set(stripEnd, smaller(quads, i32.add(strip, STRIP / 4)))
        f.set(panel, i32.add(scratch, PANELS))
        eachColumn(() => {
          const isWanted = (at: Local<'i32'>) => i32.load(i32.add(wanted, i32.shl(at, 2)), 4)
          f.for(quad, strip, stripEnd, 1, () => {
            f.set(first, quad)
            f.while(i32.and(i32.ltU(quad, stripEnd), isWanted(quad)), () => f.increase(quad, 1))
            f.if(i32.ltU(first, quad), () => {
              const place = i32.add(i32.mul(allQuads, cell), i32.mul(i32.add(i32.shrU(row0, 2), first), depth))
              f.run(microKernel, {
                a: i32.add(p.panels, i32.shl(place, 5)),
                b: panel,
                c: i32.add(tile, i32.shl(first, 7)),
                stride: 32,
                depth: i32.shl(depth, 1),
                accumulate: cell,
                count: i32.sub(quad, first),
              })
            })
          })
          f.increase(panel, i32.shl(bytes, 1))
        })
      })
    })

    eachColumn(() =>
      f.for(quad, 0, quads, 1, () => {
        f.set(flag, i32.load(i32.add(wanted, i32.shl(quad, 2)), 4))
        const sums = f.local('i32', i32.add(tile, i32.shl(quad, 7)))
        eachRow(() => {
          const own = f.local('v128', v128.load32Splat(i32.add(p.entropies, i32.shl(i32.add(row0, row), 2))))
          const to = f.local('i32', i32.add(p.out, i32.mul(i32.add(row0, row), outStride), i32.shl(column, 2)))
          eachVector(f, width, (at, store) => {
            const twice = f32x4.sub(f32x4.add(own, v128.load(i32.add(entropies, at))), v128.load(i32.add(sums, at)))
            store(i32.add(to, at), v128.select(flag, f32x4.mul(twice, f.splat(0.5)), f.splat(Infinity)))
          })
          f.increase(sums, 32)
        })
      }),
    )
  },
)

/** x [rows, h·w], no number below `floor`, summed over 4 × 4 cells; at the edges over fewer. Tasks: ranges of rows. */
export const poolCells = kernel(
  'poolCells',
  { x: 'i32', out: 'i32', rows: 'i32', h: 'i32', w: 'i32', rowsPerTask: 'i32', floor: 'f32' },
  (f, p, { task }) => {
    const row = f.local('i32', i32.mul(task, p.rowsPerTask))
    const end = f.local('i32', smaller(p.rows, i32.add(row, p.rowsPerTask)))
    const stride = f.local('i32', i32.shl(p.w, 2))
    const pooled = f.local('i32', i32.mul(i32.divU(i32.add(p.h, POOL - 1), POOL), i32.divU(i32.add(p.w, POOL - 1), POOL)))
    const from = f.local('i32', i32.add(p.x, i32.mul(row, p.h, stride)))
    const to = f.local('i32', i32.add(p.out, i32.shl(i32.mul(row, pooled), 2)))
    const floor = f.local('v128', f32x4.splat(p.floor))
    const line = f.local('i32')
    const rest = f.local('i32')
    const sum = f.local('v128')
    f.for(row, row, end, 1, () =>
      f.for(line, 0, p.h, POOL, () => {
        f.set(rest, smaller(i32.sub(p.h, line), i32.const(POOL)))
        // Lines behind the last read what is there and count nothing.
        const lines = Array.from({ length: POOL }, (_, i) => ({
          at: f.local('i32', i32.add(from, i32.select(i32.gtU(rest, i), i32.mul(stride, i), 0))),
          counts: i === 0 ? undefined : f.local('v128', f32x4.splat(f32.convertI32U(i32.gtU(rest, i)))),
        }))
        eachMasked(f, p.w, (at, inside) => {
          f.set(sum, f.splat(0))
          for (const { at: address, counts } of lines) {
            const values = f32x4.pmax(floor, v128.load(i32.add(address, at)))
            f.set(sum, counts ? f.madd(values, counts, sum) : values)
          }
          if (inside) f.set(sum, v128.and(sum, inside))
          f.do(f32.store(to, sumLanes(sum)))
          f.increase(to, 4)
        })
        f.increase(from, i32.mul(rest, stride))
      }),
    )
  },
)
