/**
 * @file Products of listed rows' panels with those of two columns.
 *
 * A *tile* is two columns by four rows, any four that are wanted: sums run along the cells, four at
 * a time, so that rows need not lie beside each other.
 */
import { f32, f32x4, i32, procedure, v128 } from '../../../wasm-assembler/index.ts'
import { transpose } from '../vectors.ts'
import { rowAt, V128 } from '../vocabulary.ts'

/** Rows and columns of a tile: eight sums and six operands fit into 15 registers. */
export const ROWS = 4
export const COLUMNS = 2
/** Rows and columns of a task, at most. */
export const MAX_ROWS = 256
export const MAX_COLUMNS = 128
/** Bytes from one row of sums to the next. */
export const SUMS_STRIDE = 4 * (MAX_COLUMNS + 4)

/**
 * sums[row, column] += panel of the row · panel of the column, for a list of rows and two columns;
 * all panels have `bytes`. Beyond the `last` row its panel is read.
 */
export const multiplyListed = procedure(
  'multiplyListed',
  { list: 'i32', end: 'i32', last: 'i32', panels: 'i32', bytes: 'i32', columns: 'i32', sums: 'i32' },
  (f, { list, end, last, panels, bytes, columns, sums }) => {
    const products = Array.from({ length: ROWS }, () => f.locals('v128', COLUMNS))
    const places = f.locals('i32', ROWS)
    const lefts = f.locals('i32', ROWS)
    const rights = f.locals('i32', COLUMNS)
    const panelEnd = f.let(i32.add(columns, bytes))
    f.while(i32.ltU(list, end), () => {
      // 1. The panels of four rows and two columns, and where the rows' sums lie.
      for (const [r, left] of lefts.entries()) {
        const row = f.let(i32.load(list, 4 * r))
        f.set(places[r], rowAt(sums, row, SUMS_STRIDE))
        f.set(left, rowAt(panels, i32.minU(row, last), bytes))
      }
      for (const [c, right] of rights.entries()) f.set(right, rowAt(columns, c, bytes))

      // 2. Multiply, four cells at a time.
      for (const product of products.flat()) f.set(product, f.splat(0))
      f.doWhile(
        () => {
          const values = rights.map((right) => f.let(v128.load(right)))
          for (const [r, left] of lefts.entries()) {
            const value = f.let(v128.load(left))
            for (const [c, product] of products[r].entries()) f.set(product, f.madd(value, values[c], product))
          }
          for (const operand of [...lefts, ...rights]) f.increase(operand, V128)
        },
        () => i32.ltU(rights[0], panelEnd),
      )

      // 3. Join the lanes of each sum, the four rows of a column at once, and add them.
      for (let c = 0; c < COLUMNS; c++) {
        const ofColumn = products.map((ofRow) => ofRow[c])
        const quarters = transpose(f, ofColumn)
        const totals = f.let(f32x4.add(quarters[0], quarters[1], quarters[2], quarters[3]))
        for (const [r, place] of places.entries())
          f.do(f32.store(place, f32.add(f32.load(place, 4 * c), f32x4.extractLane(totals, r)), 4 * c))
      }
      f.increase(list, 4 * ROWS)
    })
  },
)
