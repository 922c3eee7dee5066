/**
 * @file Divergences of maps as products, D(x, y) = ½ [h(x) + h(y) − x·ln y − ln x·y] with h(p) =
 * p·ln p: of all pairs, or of those that pooled maps (see `pooled.ts`) leave undecided.
 *
 * Both products are one: where one map's *panel* holds the numbers of a block of cells and then
 * their logarithms, the other's holds the logarithms and then the numbers. ln(n·p) replaces ln p, n
 * the number of cells: the constant cancels exactly, and maps near uniform get logarithms near 0,
 * which keeps digits in f32.
 *
 * A pair is *wanted* if its result is NaN.
 */
import { type Body, type Expr, f32, f32x4, i32, i32x4, type Local, type LocalsOf, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { eachVector, sumLanes } from '../vectors.ts'
import { f32At, f32Bytes, type Locals, rowAt, taskRange, times, zero } from '../vocabulary.ts'
import { CELL_BYTES, eachBlock, MAPS, MAX_CELLS, packer } from './panels.ts'
import { COLUMNS, MAX_COLUMNS, MAX_ROWS, multiplyListed, ROWS, SUMS_STRIDE } from './product.ts'

// The scratch memory of a thread. Sums, row by row, with one row more for what fills up a list.
const SUMS = 0
// For every two columns a list of the rows that are wanted: its length in bytes, and their numbers.
const LISTS = SUMS + SUMS_STRIDE * (MAX_ROWS + 1)
const LIST_BYTES = 4 * (1 + MAX_ROWS + ROWS)
// Panels of two columns, and entropies of all.
const PANELS = LISTS + LIST_BYTES * (MAX_COLUMNS / COLUMNS)
const ENTROPIES = PANELS + CELL_BYTES * COLUMNS * MAX_CELLS

const FIELDS = {
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
} as const

/** A task: its first row and column, how many it has, and where its results lie. */
type Own = Locals<'scratch' | 'row0' | 'rows' | 'column0' | 'columns' | 'stride' | 'out'> & {
  /** Which results are to be computed, as masks. */
  wanted: (results: Local<'v128'>) => Expr<'v128'>
}

/**
 * Divergences of packed rows to maps [columns, cells]: `out` [rows, columns] where it is NaN, or
 * everything. With the spreads of pooled maps (see `pooled.ts`) on both sides the results are
 * centres, and NaN where the threshold is closer than the radius and what is rounded. Tasks: rows
 * by columns.
 */
export const divergences = kernel('divergences', FIELDS, (f, p, { task, scratch }) => {
  const rowsOf = taskRange(f, i32.divU(task, p.columnTasks), p.rowsPerTask, p.rows)
  const columnsOf = taskRange(f, i32.remU(task, p.columnTasks), p.columnsPerTask, p.columns)
  const rows = f.let(i32.sub(rowsOf.end, rowsOf.first))
  const columns = f.let(i32.sub(columnsOf.end, columnsOf.first))
  const stride = f.let(f32Bytes(p.columns))
  const out = f.let(f32At(rowAt(p.out, rowsOf.first, stride), columnsOf.first))
  const everything = f.let(i32x4.splat(p.everything))
  const wanted = (results: Local<'v128'>) => v128.or(everything, f32x4.ne(results, results))
  const own = { scratch, row0: rowsOf.first, rows, column0: columnsOf.first, columns, stride, out, wanted }

  // 1. Which rows are wanted, for every two columns.
  listWanted(f, own)

  // 2. Their products, and the columns' entropies, block by block of cells.
  const entropies = f.let(i32.add(scratch, ENTROPIES))
  zero(f, scratch, LISTS - SUMS)
  zero(f, entropies, 4 * MAX_COLUMNS)
  multiply(f, p, own, entropies)

  // 3. The results.
  storeResults(f, p, own, entropies)
})

/** Runs `body` for every two columns of a task, with the list of their rows. */
function eachTile(f: Body, own: Own, body: (column: Local<'i32'>, list: Local<'i32'>) => void): void {
  const list = f.let(i32.add(own.scratch, LISTS))
  f.for(0, own.columns, COLUMNS, (column) => {
    body(column, list)
    f.increase(list, LIST_BYTES)
  })
}

/** Lists the rows of which a result is wanted, in whole tiles. */
function listWanted(f: Body, own: Own): void {
  eachTile(f, own, (column, list) => {
    const width = i32.minU(COLUMNS, i32.sub(own.columns, column))
    const inside = f.let(i32x4.gtS(i32x4.splat(width), i32x4.const(0, 1, 2, 3)))
    const first = f.let(i32.add(list, 4))
    const end = f.let(first)
    const at = f.let(f32At(own.out, column))
    f.for(0, own.rows, 1, (row) => {
      f.do(i32.store(end, row))
      const mask = v128.and(own.wanted(f.let(v128.load(at))), inside)
      f.increase(end, times(v128.anyTrue(mask), 4))
      f.increase(at, own.stride)
    })
    // Padded with a row whose results are not read.
    f.while(i32.remU(i32.sub(end, first), 4 * ROWS), () => {
      f.do(i32.store(end, own.rows))
      f.increase(end, 4)
    })
    f.do(i32.store(list, i32.sub(end, first)))
  })
}

/** Products of listed rows and columns to the sums, and entropies of the columns that have some. */
function multiply(f: Body, p: LocalsOf<typeof FIELDS>, own: Own, entropies: Local<'i32'>): void {
  const { scratch } = own
  const pack = packer(f, p)
  eachBlock(f, p, ({ cell, count, depth, panels }) => {
    const bytes = f.let(times(depth, CELL_BYTES))
    eachTile(f, own, (column, list) =>
      f.if(i32.load(list), () => {
        for (let c = 0; c < COLUMNS; c++) {
          const inTask = f.let(i32.minU(i32.add(column, c), i32.sub(own.columns, 1)))
          const numbers = f.let(i32.add(scratch, PANELS, times(bytes, c)))
          const entropy = f.let(f.splat(0))
          const to = { numbers, logs: f.let(f32At(numbers, depth)) }
          pack({ map: f.let(i32.add(own.column0, inTask)), cell, count }, to, entropy)
          const sum = f.let(f32At(entropies, i32.add(column, c)))
          f.do(f32.store(sum, f32.add(f32.load(sum), sumLanes(entropy))))
        }
        f.run(multiplyListed, {
          list: i32.add(list, 4),
          end: i32.add(list, 4, i32.load(list)),
          last: i32.sub(own.rows, 1),
          panels: rowAt(panels, own.row0, bytes),
          bytes,
          columns: i32.add(scratch, PANELS),
          sums: f32At(scratch, column),
        })
      }),
    )
  })
}

/** D = ½ (entropies − products) where it is wanted; NaN where pooled maps decide nothing. */
function storeResults(f: Body, p: LocalsOf<typeof FIELDS>, own: Own, entropies: Local<'i32'>): void {
  const threshold = f.let(f32x4.splat(p.threshold))
  const rounded = f.let(f32x4.splat(f32.add(f32.mul(p.threshold, 1e-3), 1e-3)))
  const out = f.let(own.out)
  const sums = f.let(own.scratch)
  f.for(0, own.rows, 1, (row) => {
    const map = f.let(i32.add(own.row0, row))
    const entropy = f.let(v128.load32Splat(f32At(p.entropies, map)))
    const spread = f.locals('v128', 3)
    f.if(p.rowSpread, () => {
      for (const [i, value] of spread.entries()) f.set(value, v128.load32Splat(f32At(p.rowSpread, i32.add(map, times(p.rows, i)))))
    })
    eachVector(f, own.columns, (at, store) => {
      const to = f.let(i32.add(out, at))
      const before = f.let(v128.load(to))
      const mask = f.let(own.wanted(before))
      f.if(v128.anyTrue(mask), () => {
        const twice = f32x4.sub(f32x4.add(entropy, v128.load(i32.add(entropies, at))), v128.load(i32.add(sums, at)))
        const result = f.let(f32x4.mul(twice, f.splat(0.5)))
        f.if(p.rowSpread, () => {
          const other = f.let(i32.add(f32At(p.columnSpread, own.column0), at))
          const [both, ofNumbers, ofLogs] = [0, 1, 2].map((i) => f.let(v128.load(rowAt(other, i, own.stride))))
          f.set(result, f.madd(f32x4.add(spread[0], both), f.splat(0.5), result))
          const diameter = f.madd(spread[1], ofLogs, f32x4.mul(spread[2], ofNumbers))
          const near = f32x4.lt(f32x4.abs(f32x4.sub(result, threshold)), f.madd(diameter, f.splat(0.5), rounded))
          f.set(result, v128.or(result, near))
        })
        store(to, v128.bitselect(result, before, mask))
      })
    })
    f.increase(out, own.stride)
    f.increase(sums, SUMS_STRIDE)
  })
}
