/**
 * @file Sums of chosen rows by the method of four Russians. Rows are taken in *groups* of five. For
 * some groups at a time (a *batch*) a table is made of the sums of all 32 subsets of each group,
 * one addition for each; what a result chooses of a group is then a single number to look up and to
 * add, whatever it chooses. Groups of which nothing is chosen are not even looked up.
 *
 * Against a product with a matrix of 0 and 1 that is a fifth of the additions at most, without the
 * multiplications.
 */
import { f32, f32x4, i32, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { eachVector } from './vectors.ts'

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
export const SUM_COLUMNS = 4 * VECTORS
/** Bytes of a sum of a task's columns. */
const WIDTH = 4 * SUM_COLUMNS
/** Results of a task at most: their sums wait in the scratch memory. */
export const MAX_SUMS = 8192

const SUMS = BATCH * SUBSETS * WIDTH

export const batchesOf = (rows: number) => Math.ceil(rows / (GROUP * BATCH))
/**
 * Words of a list: a number of bytes, then where in the table the sum of each group's chosen rows
 * lies.
 */
export const LIST_WORDS = BATCH + 1

/**
 * Lists what every result chooses of every batch: lists[batch, result]. Tasks: ranges of results.
 */
export const listChoices = kernel(
  'listChoices',
  { chosen: 'i32', lists: 'i32', results: 'i32', rows: 'i32', resultsPerTask: 'i32' },
  (f, p, { task }) => {
    const result = f.let(i32.mul(task, p.resultsPerTask))
    const end = f.let(i32.minU(p.results, i32.add(result, p.resultsPerTask)))
    const from = f.local('i32')
    const last = f.local('i32')
    const groupEnd = f.local('i32')
    const list = f.local('i32')
    const to = f.local('i32')
    const subset = f.local('i32')
    const bit = f.local('i32')
    const place = f.local('i32')
    f.for(result, result, end, 1, () => {
      f.set(from, i32.add(p.chosen, i32.mul(result, i32.shl(p.rows, 2))))
      f.set(last, i32.add(from, i32.shl(p.rows, 2)))
      f.set(list, i32.add(p.lists, i32.mul(result, 4 * LIST_WORDS)))
      f.while(i32.ltU(from, last), () => {
        f.set(to, list)
        f.for(place, 0, BATCH * SUBSETS, SUBSETS, () => {
          f.set(subset, 0)
          f.set(bit, 1)
          f.set(groupEnd, i32.minU(last, i32.add(from, 4 * GROUP)))
          f.while(i32.ltU(from, groupEnd), () => {
            f.set(subset, i32.or(subset, i32.select(f32.ne(f32.load(from), 0), bit, 0)))
            f.set(bit, i32.shl(bit, 1))
            f.increase(from, 4)
          })
          f.if(subset, () => {
            f.increase(to, 4)
            f.do(i32.store(to, i32.mul(i32.add(place, subset), WIDTH)))
          })
        })
        f.do(i32.store(list, i32.sub(to, list)))
        f.increase(list, i32.mul(p.results, 4 * LIST_WORDS))
      })
    })
  },
)

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
    const stride = f.let(i32.shl(p.columns, 2))
    const first = f.let(i32.mul(i32.divU(task, p.columnTasks), p.resultsPerTask))
    const end = f.let(i32.minU(p.results, i32.add(first, p.resultsPerTask)))
    const column = f.let(i32.mul(i32.remU(task, p.columnTasks), SUM_COLUMNS))
    const width = f.let(i32.minU(i32.sub(p.columns, column), i32.const(SUM_COLUMNS)))
    const offset = f.let(i32.shl(column, 2))
    const sums = f.let(i32.add(scratch, SUMS))
    const result = f.local('i32')
    const row = f.local('i32')
    const at = f.local('i32')
    const vectors = f.locals('v128', VECTORS)
    f.for(at, sums, i32.add(sums, i32.mul(i32.sub(end, first), WIDTH)), 16, () => f.do(v128.store(at, f.splat(0))))

    const from = f.let(i32.add(p.x, offset))
    const lists = f.let(p.lists)
    const table = f.local('i32')
    const made = f.local('i32')
    const half = f.local('i32')
    const batchEnd = f.local('i32')
    const list = f.local('i32')
    const listEnd = f.local('i32')
    f.while(i32.ltU(row, p.rows), () => {
      // The subsets of a group's first rows, then the same with the next row, and so on.
      f.set(batchEnd, i32.minU(p.rows, i32.add(row, GROUP * BATCH)))
      f.set(table, scratch)
      f.while(i32.ltU(row, batchEnd), () => {
        for (let v = 0; v < VECTORS; v++) f.do(v128.store(table, f.splat(0), 16 * v))
        f.for(half, WIDTH, SUBSETS * WIDTH, half, () => {
          f.if(i32.ltU(row, batchEnd), () => {
            for (const [v, vector] of vectors.entries()) f.set(vector, v128.load(from, 16 * v))
            f.for(made, table, i32.add(table, half), WIDTH, () => {
              const to = f.let(i32.add(made, half))
              for (const [v, vector] of vectors.entries()) f.do(v128.store(to, f32x4.add(vector, v128.load(made, 16 * v)), 16 * v))
            })
            f.increase(row, 1)
            f.increase(from, stride)
          })
        })
        f.increase(table, SUBSETS * WIDTH)
      })
      f.set(at, sums)
      f.for(result, first, end, 1, () => {
        for (const [v, vector] of vectors.entries()) f.set(vector, v128.load(at, 16 * v))
        f.set(list, i32.add(lists, i32.mul(result, 4 * LIST_WORDS)))
        f.set(listEnd, i32.add(list, i32.load(list)))
        f.while(i32.ltU(list, listEnd), () => {
          f.increase(list, 4)
          const sum = f.let(i32.add(scratch, i32.load(list)))
          for (const [v, vector] of vectors.entries()) f.set(vector, f32x4.add(vector, v128.load(sum, 16 * v)))
        })
        for (const [v, vector] of vectors.entries()) f.do(v128.store(at, vector, 16 * v))
        f.increase(at, WIDTH)
      })
      f.increase(lists, i32.mul(p.results, 4 * LIST_WORDS))
    })

    f.set(at, sums)
    f.for(result, first, end, 1, () => {
      const place = f.let(i32.add(i32.mul(result, stride), offset))
      const sum = f.local('v128')
      eachVector(f, width, (v, store) => {
        f.set(sum, v128.load(i32.add(at, v)))
        f.if(p.residual, () => f.set(sum, f32x4.add(sum, v128.load(i32.add(p.residual, place, v)))))
        store(i32.add(p.out, place, v), sum)
      })
      f.increase(at, WIDTH)
    })
  },
)
