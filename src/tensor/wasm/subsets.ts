/**
 * @file Sums of chosen rows by the method of four Russians. Rows are taken in *groups* of five. For
 * some groups at a time (a *batch*) a table is made of the sums of all 32 subsets of each group,
 * one addition for each; what a result chooses of a group is then a single number to look up and to
 * add, whatever it chooses. Groups of which nothing is chosen are not even looked up.
 *
 * Against a product with a matrix of 0 and 1 that is a fifth of the additions at most, without the
 * multiplications.
 */
import { type Body, f32, f32x4, i32, type Local, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { eachVector } from './vectors.ts'
import { f32At, f32Bytes, rowAt, taskRange, times, V128, zero } from './vocabulary.ts'

/** Rows of a group. */
const GROUP = 5
const SUBSETS = 2 ** GROUP
/** Groups of a batch: their table takes 32 KiB, as much as the L1 cache. */
const BATCH = 16
/**
 * Columns of a task, in vectors: what the sums of one result can keep in registers while it looks
 * up. Reading behind a row ends within the heap's slack.
 */
const VECTORS = 4
/** Columns of a task. */
export const SUM_COLUMNS = 4 * VECTORS
/** Bytes of a sum of a task's columns. */
const WIDTH = 4 * SUM_COLUMNS
/** Results of a task at most: their sums wait in the scratch memory. */
export const MAX_SUMS = 8192

const SUMS = BATCH * SUBSETS * WIDTH

/** Batches of so many rows. */
export const batchesOf = (rows: number) => Math.ceil(rows / (GROUP * BATCH))
/**
 * Words of a list: a number of bytes, then where in the table the sum of each group's chosen rows
 * lies.
 */
export const LIST_WORDS = BATCH + 1
const LIST_BYTES = 4 * LIST_WORDS

/**
 * Lists what every result chooses of every batch: lists[batch, result]. Tasks: ranges of results.
 */
export const listChoices = kernel(
  'listChoices',
  { chosen: 'i32', lists: 'i32', results: 'i32', rows: 'i32', resultsPerTask: 'i32' },
  (f, p, { task }) => {
    const own = taskRange(f, task, p.resultsPerTask, p.results)
    const rowBytes = f.let(f32Bytes(p.rows))
    const batchBytes = f.let(times(p.results, LIST_BYTES))
    f.for(own.first, own.end, 1, (result) => {
      const from = f.let(rowAt(p.chosen, result, rowBytes))
      const last = f.let(i32.add(from, rowBytes))
      const list = f.let(rowAt(p.lists, result, LIST_BYTES))
      f.while(i32.ltU(from, last), () => {
        const to = f.let(list)
        f.for(0, BATCH * SUBSETS, SUBSETS, (group) => {
          // 1. The subset of the group's rows that is chosen, as bits.
          const subset = f.let(i32.const(0))
          const bit = f.let(i32.const(1))
          const groupEnd = f.let(i32.minU(last, f32At(from, GROUP)))
          f.while(i32.ltU(from, groupEnd), () => {
            f.set(subset, i32.or(subset, i32.select(f32.ne(f32.load(from), 0), bit, 0)))
            f.set(bit, i32.shl(bit, 1))
            f.increase(from, 4)
          })
          // 2. Where its sum lies in the table; nothing for the empty one.
          f.if(subset, () => {
            f.increase(to, 4)
            f.do(i32.store(to, times(i32.add(group, subset), WIDTH)))
          })
        })
        f.do(i32.store(list, i32.sub(to, list)))
        f.increase(list, batchBytes)
      })
    })
  },
)

/** Loads the vectors of a task's columns. */
function loadAll(f: Body, vectors: readonly Local<'v128'>[], from: Local<'i32'>): void {
  for (const [v, vector] of vectors.entries()) f.set(vector, v128.load(from, V128 * v))
}

/** out = residual + sums of the listed rows of x [rows, columns]. Tasks: results by columns. */
export const sumLists = kernel(
  'sumLists',
  {
    x: 'i32',
    lists: 'i32',
    residual: 'i32',
    out: 'i32',
    results: 'i32',
    rows: 'i32',
    columns: 'i32',
    resultsPerTask: 'i32',
    columnTasks: 'i32',
  },
  (f, p, { task, scratch }) => {
    // 1. The task's results and columns; no sums so far.
    const stride = f.let(f32Bytes(p.columns))
    const own = taskRange(f, i32.divU(task, p.columnTasks), p.resultsPerTask, p.results)
    const column = f.let(times(i32.remU(task, p.columnTasks), SUM_COLUMNS))
    const width = f.let(i32.minU(i32.sub(p.columns, column), SUM_COLUMNS))
    const offset = f.let(f32Bytes(column))
    const sums = f.let(i32.add(scratch, SUMS))
    const vectors = f.locals('v128', VECTORS)
    zero(f, sums, times(i32.sub(own.end, own.first), WIDTH))

    const from = f.let(i32.add(p.x, offset))
    const lists = f.let(p.lists)
    f.for(0, p.rows, GROUP * BATCH, (batch) => {
      // 2. The table: of each group the subsets of its first rows, then the same with the next row,
      // and so on.
      const end = f.let(i32.minU(p.rows, i32.add(batch, GROUP * BATCH)))
      const row = f.let(batch)
      const table = f.let(scratch)
      f.while(i32.ltU(row, end), () => {
        for (let v = 0; v < VECTORS; v++) f.do(v128.store(table, f.splat(0), V128 * v))
        const half = f.let(i32.const(WIDTH))
        f.while(i32.ltU(half, SUBSETS * WIDTH), () => {
          f.if(i32.ltU(row, end), () => {
            loadAll(f, vectors, from)
            f.for(table, i32.add(table, half), WIDTH, (without) => {
              const to = f.let(i32.add(without, half))
              for (const [v, vector] of vectors.entries()) f.do(v128.store(to, f32x4.add(vector, v128.load(without, V128 * v)), V128 * v))
            })
            f.increase(row, 1)
            f.increase(from, stride)
          })
          f.increase(half, half)
        })
        f.increase(table, SUBSETS * WIDTH)
      })

      // 3. What each result chooses, looked up and added.
      const sum = f.let(sums)
      f.for(own.first, own.end, 1, (result) => {
        loadAll(f, vectors, sum)
        const list = f.let(rowAt(lists, result, LIST_BYTES))
        const listEnd = f.let(i32.add(list, i32.load(list)))
        f.while(i32.ltU(list, listEnd), () => {
          f.increase(list, 4)
          const subset = f.let(i32.add(scratch, i32.load(list)))
          for (const [v, vector] of vectors.entries()) f.set(vector, f32x4.add(vector, v128.load(subset, V128 * v)))
        })
        for (const [v, vector] of vectors.entries()) f.do(v128.store(sum, vector, V128 * v))
        f.increase(sum, WIDTH)
      })
      f.increase(lists, times(p.results, LIST_BYTES))
    })

    // 4. The residual, and the result.
    const sum = f.let(sums)
    f.for(own.first, own.end, 1, (result) => {
      const place = f.let(i32.add(i32.mul(result, stride), offset))
      const value = f.local('v128')
      eachVector(f, width, (at, store) => {
        f.set(value, v128.load(i32.add(sum, at)))
        f.if(p.residual, () => f.set(value, f32x4.add(value, v128.load(i32.add(p.residual, place, at)))))
        store(i32.add(p.out, place, at), value)
      })
      f.increase(sum, WIDTH)
    })
  },
)
