/**
 * @file Divergences of maps as products, D(x, y) = ½ [h(x) + h(y) − x·ln y − ln x·y] with h(p) =
 * p·ln p: of all pairs, or of those that pooled maps (see `pooled.ts`) leave undecided.
 *
 * Both products are one: where one map's *panel* holds the numbers of a block of cells and then
 * their logarithms, the other's holds the logarithms and then the numbers. Logarithms are taken
 * while panels are packed and exist nowhere else. ln(n·p) replaces ln p, n the number of cells: the
 * constant cancels exactly, and maps near uniform get logarithms near 0, which keeps digits in f32.
 *
 * A *tile* is two columns by four rows, any four that are *wanted*: sums run along the cells, four
 * at a time, so that rows need not lie beside each other. A pair is wanted if its result is NaN.
 */
import { type Body, f32, f32x4, i32, i32x4, type Local, procedure, v128 } from '../../wasm-assembler/index.ts'
import { MAX_DEPTH } from './gemm.ts'
import { kernel } from './kernel.ts'
import { functions } from './math.ts'
import { eachMasked, eachVector, sumLanes, transpose } from './vectors.ts'

/** Cells of a block: with the logarithms they fill panels of the depth that suits the cache. */
export const MAX_CELLS = MAX_DEPTH / 2
/** Rows and columns of a task, at most. */
export const MAX_ROWS = 256
export const MAX_COLUMNS = 128
/** Rows and columns of a tile: eight sums and six operands fit into 15 registers. */
const ROWS = 4
const COLUMNS = 2

// The scratch memory of a thread. Sums, row by row, with one row more for what fills up a list.
const SUMS = 0
const SUMS_STRIDE = 4 * (MAX_COLUMNS + 4)
// For every two columns a list of the rows that are wanted: its length in bytes, and their numbers.
const LISTS = SUMS + SUMS_STRIDE * (MAX_ROWS + 1)
const LIST_BYTES = 4 * (1 + MAX_ROWS + ROWS)
// Panels of two columns, and entropies of all.
const PANELS = LISTS + LIST_BYTES * (MAX_COLUMNS / COLUMNS)
const ENTROPIES = PANELS + 8 * COLUMNS * MAX_CELLS

type Addresses<K extends string> = Record<K, Local<'i32'>>

const MAPS = { numbers: 'i32', logs: 'i32', cells: 'i32', blockCells: 'i32', floor: 'f32', scale: 'f32' } as const

/**
 * Packs maps [count, cells] of `numbers`; their logarithms are those at `logs` or, where that is 0,
 * ln(scale · max(number, floor)).
 */
function packer(f: Body, p: Addresses<'numbers' | 'logs' | 'cells'> & Record<'floor' | 'scale', Local<'f32'>>) {
  const [floor, scale] = [f.let(f32x4.splat(p.floor)), f.let(f32x4.splat(p.scale))]
  /** Packs `count` cells of a map from `cell` on; adds Σ number · logarithm to the entropy. */
  return (from: Addresses<'map' | 'cell' | 'count'>, to: Addresses<'numbers' | 'logs'>, entropy: Local<'v128'>) => {
    const offset = f.let(i32.shl(i32.add(i32.mul(from.map, p.cells), from.cell), 2))
    const numbers = f.let(i32.add(p.numbers, offset))
    const logs = f.let(i32.add(p.logs, offset))
    const pack = (logsOf: (values: Local<'v128'>, at: Local<'i32'>) => Local<'v128'>) =>
      eachMasked(f, from.count, (at, inside) => {
        const counting = (values: Local<'v128'>) => (inside ? f.let(v128.and(values, inside)) : values)
        const read = f.let(v128.load(i32.add(numbers, at)))
        const [number, log] = [counting(read), counting(logsOf(read, at))]
        f.do(v128.store(i32.add(to.numbers, at), number), v128.store(i32.add(to.logs, at), log))
        f.set(entropy, f.madd(number, log, entropy))
      })
    f.if(
      p.logs,
      () => pack((_, at) => f.let(v128.load(i32.add(logs, at)))),
      () => pack((values) => f.let(functions.log(f, values, floor, scale))),
    )
  }
}

/**
 * Runs `body` for every block of cells: its first cell, how many it has, how many a panel keeps of
 * them (a multiple of 4), and where the panels of all rows begin.
 */
function eachBlock(
  f: Body,
  p: Addresses<'rows' | 'cells' | 'blockCells' | 'panels'>,
  body: (block: Addresses<'cell' | 'count' | 'depth' | 'panels'>) => void,
): void {
  const cell = f.local('i32')
  const count = f.local('i32')
  const depth = f.local('i32')
  const panels = f.let(p.panels)
  f.for(cell, 0, p.cells, p.blockCells, () => {
    f.set(count, i32.minU(p.blockCells, i32.sub(p.cells, cell)))
    f.set(depth, i32.and(i32.add(count, 3), -4))
    body({ cell, count, depth, panels })
    f.increase(panels, i32.shl(i32.mul(p.rows, depth), 3))
  })
}

/**
 * Panels [block, row, logarithms and numbers] of maps, and entropies [rows]. Tasks: ranges of rows.
 */
export const packMaps = kernel(
  'packMaps',
  { ...MAPS, rows: 'i32', rowsPerTask: 'i32', panels: 'i32', entropies: 'i32' },
  (f, p, { task }) => {
    const pack = packer(f, p)
    const row = f.let(i32.mul(task, p.rowsPerTask))
    const end = f.let(i32.minU(p.rows, i32.add(row, p.rowsPerTask)))
    f.for(row, row, end, 1, () => {
      const entropy = f.let(f.splat(0))
      eachBlock(f, p, ({ cell, count, depth, panels }) => {
        const logs = f.let(i32.add(panels, i32.shl(i32.mul(row, depth), 3)))
        pack({ map: row, cell, count }, { logs, numbers: f.let(i32.add(logs, i32.shl(depth, 2))) }, entropy)
      })
      f.do(f32.store(i32.add(p.entropies, i32.shl(row, 2)), sumLanes(entropy)))
    })
  },
)

/**
 * sums[row, column] += panel of the row · panel of the column, for a list of rows and two columns;
 * all panels have `bytes`. Beyond the `last` row its panel is read.
 */
const multiplyListed = procedure(
  'multiplyListed',
  { list: 'i32', end: 'i32', last: 'i32', panels: 'i32', bytes: 'i32', columns: 'i32', sums: 'i32' },
  (f, { list, end, last, panels, bytes, columns, sums }) => {
    const products = Array.from({ length: ROWS }, () => f.locals('v128', COLUMNS))
    const places = f.locals('i32', ROWS)
    const lefts = f.locals('i32', ROWS)
    const rights = f.locals('i32', COLUMNS)
    const panelEnd = f.let(i32.add(columns, bytes))
    f.while(i32.ltU(list, end), () => {
      for (const [r, left] of lefts.entries()) {
        const row = f.let(i32.load(list, 4 * r))
        f.set(places[r], i32.add(sums, i32.mul(row, SUMS_STRIDE)))
        f.set(left, i32.add(panels, i32.mul(i32.minU(row, last), bytes)))
      }
      for (const [c, right] of rights.entries()) f.set(right, i32.add(columns, i32.mul(bytes, c)))
      for (const product of products.flat()) f.set(product, f.splat(0))
      f.doWhile(
        () => {
          const values = rights.map((right) => f.let(v128.load(right)))
          for (const [r, left] of lefts.entries()) {
            const value = f.let(v128.load(left))
            for (const [c, product] of products[r].entries()) f.set(product, f.madd(value, values[c], product))
          }
          for (const operand of [...lefts, ...rights]) f.increase(operand, 16)
        },
        () => i32.ltU(rights[0], panelEnd),
      )
      for (let c = 0; c < COLUMNS; c++) {
        const quarters = transpose(
          f,
          products.map((ofRow) => ofRow[c]),
        )
        const totals = f.let(f32x4.add(quarters[0], quarters[1], quarters[2], quarters[3]))
        for (const [r, place] of places.entries())
          f.do(f32.store(place, f32.add(f32.load(place, 4 * c), f32x4.extractLane(totals, r)), 4 * c))
      }
      f.increase(list, 4 * ROWS)
    })
  },
)

/**
 * Divergences of packed rows to maps [columns, cells]: `out` [rows, columns] where it is NaN, or
 * everything. With the spreads of pooled maps (see `pooled.ts`) on both sides the results are
 * centres, and NaN where the threshold is closer than the radius and what is rounded. Tasks: rows
 * by columns.
 */
export const divergences = kernel(
  'divergences',
  {
    ...MAPS,
    panels: 'i32',
    entropies: 'i32',
    /** Spreads of the rows and of the columns; 0 for none. */
    rowSpread: 'i32',
    columnSpread: 'i32',
    out: 'i32',
    /** All bits 1 or 0. */
    everything: 'i32',
    rows: 'i32',
    columns: 'i32',
    threshold: 'f32',
    rowsPerTask: 'i32',
    columnsPerTask: 'i32',
    columnTasks: 'i32',
  },
  (f, p, { task, scratch }) => {
    const row0 = f.let(i32.mul(i32.divU(task, p.columnTasks), p.rowsPerTask))
    const rows = f.let(i32.minU(p.rowsPerTask, i32.sub(p.rows, row0)))
    const column0 = f.let(i32.mul(i32.remU(task, p.columnTasks), p.columnsPerTask))
    const columns = f.let(i32.minU(p.columnsPerTask, i32.sub(p.columns, column0)))
    const stride = f.let(i32.shl(p.columns, 2))
    const out = f.let(i32.add(p.out, i32.mul(row0, stride), i32.shl(column0, 2)))
    const everything = f.let(i32x4.splat(p.everything))
    const wanted = (results: Local<'v128'>) => v128.or(everything, f32x4.ne(results, results))

    const row = f.local('i32')
    const column = f.local('i32')
    const at = f.local('i32')
    const list = f.local('i32')
    const eachTile = (body: () => void) => {
      f.set(list, i32.add(scratch, LISTS))
      f.for(column, 0, columns, COLUMNS, () => {
        body()
        f.increase(list, LIST_BYTES)
      })
    }

    eachTile(() => {
      const width = i32.minU(i32.const(COLUMNS), i32.sub(columns, column))
      const inside = f.let(i32x4.gtS(i32x4.splat(width), i32x4.const(0, 1, 2, 3)))
      const first = f.let(i32.add(list, 4))
      const end = f.let(first)
      f.set(at, i32.add(out, i32.shl(column, 2)))
      f.for(row, 0, rows, 1, () => {
        f.do(i32.store(end, row))
        const mask = v128.and(wanted(f.let(v128.load(at))), inside)
        f.increase(end, i32.shl(v128.anyTrue(mask), 2))
        f.increase(at, stride)
      })
      // Padded with a row whose results are not read.
      f.while(i32.remU(i32.sub(end, first), 4 * ROWS), () => {
        f.do(i32.store(end, rows))
        f.increase(end, 4)
      })
      f.do(i32.store(list, i32.sub(end, first)))
    })

    const entropies = f.let(i32.add(scratch, ENTROPIES))
    const clear = (from: Local<'i32'>, bytes: number) => f.for(at, from, i32.add(from, bytes), 16, () => f.do(v128.store(at, f.splat(0))))
    clear(scratch, LISTS)
    clear(entropies, 4 * MAX_COLUMNS)

    const pack = packer(f, p)
    eachBlock(f, p, ({ cell, count, depth, panels }) => {
      const bytes = f.let(i32.shl(depth, 3))
      eachTile(() =>
        f.if(i32.load(list), () => {
          for (let c = 0; c < COLUMNS; c++) {
            const own = f.let(i32.minU(i32.add(column, c), i32.sub(columns, 1)))
            const numbers = f.let(i32.add(scratch, PANELS, i32.mul(bytes, c)))
            const entropy = f.let(f.splat(0))
            const to = { numbers, logs: f.let(i32.add(numbers, i32.shl(depth, 2))) }
            pack({ map: f.let(i32.add(column0, own)), cell, count }, to, entropy)
            const sum = f.let(i32.add(entropies, i32.shl(i32.add(column, c), 2)))
            f.do(f32.store(sum, f32.add(f32.load(sum), sumLanes(entropy))))
          }
          f.run(multiplyListed, {
            list: i32.add(list, 4),
            end: i32.add(list, 4, i32.load(list)),
            last: i32.sub(rows, 1),
            panels: i32.add(panels, i32.mul(row0, bytes)),
            bytes,
            columns: i32.add(scratch, PANELS),
            sums: i32.add(scratch, i32.shl(column, 2)),
          })
        }),
      )
    })

    const threshold = f.let(f32x4.splat(p.threshold))
    const rounded = f.let(f32x4.splat(f32.add(f32.mul(p.threshold, 1e-3), 1e-3)))
    const sums = f.let(scratch)
    f.for(row, 0, rows, 1, () => {
      const map = f.let(i32.add(row0, row))
      const own = f.let(v128.load32Splat(i32.add(p.entropies, i32.shl(map, 2))))
      const spread = f.locals('v128', 3)
      f.if(p.rowSpread, () => {
        for (const [i, value] of spread.entries())
          f.set(value, v128.load32Splat(i32.add(p.rowSpread, i32.shl(i32.add(map, i32.mul(p.rows, i)), 2))))
      })
      eachVector(f, columns, (c, store) => {
        const to = f.let(i32.add(out, c))
        const before = f.let(v128.load(to))
        const mask = f.let(wanted(before))
        f.if(v128.anyTrue(mask), () => {
          const twice = f32x4.sub(f32x4.add(own, v128.load(i32.add(entropies, c))), v128.load(i32.add(sums, c)))
          const result = f.let(f32x4.mul(twice, f.splat(0.5)))
          f.if(p.rowSpread, () => {
            const other = f.let(i32.add(p.columnSpread, i32.shl(column0, 2), c))
            const [both, ofNumbers, ofLogs] = [0, 1, 2].map((i) => f.let(v128.load(i32.add(other, i32.mul(stride, i)))))
            f.set(result, f.madd(f32x4.add(spread[0], both), f.splat(0.5), result))
            const diameter = f.madd(spread[1], ofLogs, f32x4.mul(spread[2], ofNumbers))
            const near = f32x4.lt(f32x4.abs(f32x4.sub(result, threshold)), f.madd(diameter, f.splat(0.5), rounded))
            f.set(result, v128.or(result, near))
          })
          store(to, v128.bitselect(result, before, mask))
        })
      })
      f.increase(out, stride)
      f.increase(sums, SUMS_STRIDE)
    })
  },
)
