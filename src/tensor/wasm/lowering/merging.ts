/** @file Jobs of the ops of merging: divergences of attention maps, and sums of selected ones. */
import type { Tensor } from '../../tensor.ts'
import { divergences } from '../divergence/divergence.ts'
import { MAX_CELLS, packMaps } from '../divergence/panels.ts'
import { POOL, poolCells } from '../divergence/pooled.ts'
import { MAX_COLUMNS, MAX_ROWS } from '../divergence/product.ts'
import { job, type Step } from '../kernel.ts'
import { batchesOf, LIST_WORDS, listChoices, MAX_SUMS, SUM_COLUMNS, sumLists } from '../subsets.ts'
import { ceil, type Lowering, type LoweringContext, perTask, SMALL } from './context.ts'
import { matmul } from './products.ts'

/** Cells and rows from which on pooled maps are worth a look. */
const FEWEST_CELLS = 256
const FEWEST_ROWS = 32

/**
 * Addresses of maps, of their logarithms where they are known (else 0), and of what pooling removed
 * from them.
 */
interface Maps {
  numbers: number
  logs: number
  spread: number
}

interface Table {
  rows: number
  columns: number
  cells: number
  floor: number
  /** Numbers are multiplied by this before their logarithm is taken. */
  scale: number
  threshold: number
  out: number
  /** Whether all of `out` is to be computed, or only its entries that are NaN. */
  everything: boolean
}

function tableJobs(x: Maps, y: Maps, { everything, ...table }: Table, context: LoweringContext): Step[] {
  const { rows, columns, cells, floor, scale } = table
  const blockCells = ceil(cells / Math.ceil(cells / MAX_CELLS), 4)
  const panels = context.temporary(8 * rows * ceil(cells, 4))
  const entropies = context.temporary(4 * rows)
  const packed = perTask(rows, 8 * cells, context)
  const rowsPerTask = Math.ceil(rows / Math.ceil(rows / MAX_ROWS))
  const rowTasks = Math.ceil(rows / rowsPerTask)
  const wanted = context.threads === 1 ? 1 : Math.min(8 * context.threads, (2 * rows * columns * cells) / SMALL)
  const columnsPerTask = Math.min(MAX_COLUMNS, ceil(Math.max(8, (columns * rowTasks) / wanted), 4))
  const columnTasks = Math.ceil(columns / columnsPerTask)
  const shared = { rows, panels, entropies, cells, blockCells, floor, scale }
  const spreads = { rowSpread: x.spread, columnSpread: y.spread }
  const tasks = { rowsPerTask, columnsPerTask, columnTasks }
  return [
    job(packMaps, { ...x, ...shared, rowsPerTask: packed }, Math.ceil(rows / packed)),
    job(divergences, { ...table, ...y, ...shared, ...spreads, ...tasks, everything: everything ? -1 : 0 }, rowTasks * columnTasks),
  ]
}

/** Of pooled maps first, where only the side of a threshold matters; then of whole maps. */
export const divergence: Lowering<'divergence'> = ({ x, y, out, h, w, floor, threshold }, context) => {
  const [rows, cells] = x.shape
  const columns = y.shape[0]
  const table = { rows, columns, cells, floor, scale: cells, threshold, out: context.address(out), everything: true }
  const whole = (maps: Tensor) => ({ numbers: context.address(maps), logs: 0, spread: 0 })
  if (threshold === Infinity || cells < FEWEST_CELLS || rows < FEWEST_ROWS) return tableJobs(whole(x), whole(y), table, context)
  const pooledCells = Math.ceil(h / POOL) * Math.ceil(w / POOL)
  const pool = (maps: Tensor) => {
    const count = maps.shape[0]
    const [numbers, logs] = [0, 1].map(() => context.temporary(4 * count * pooledCells))
    const pooled = { numbers, logs, spread: context.temporary(3 * 4 * count) }
    const rowsPerTask = perTask(count, 16 * cells, context)
    const values = { ...pooled, x: context.address(maps), rows: count, h, w, rowsPerTask, floor, scale: cells }
    return { pooled, job: job(poolCells, values, Math.ceil(count / rowsPerTask)) }
  }
  const ofX = pool(x)
  const ofY = y === x ? ofX : pool(y)
  return [
    ...new Set([ofX.job, ofY.job]),
    ...tableJobs(ofX.pooled, ofY.pooled, { ...table, cells: pooledCells }, context),
    ...tableJobs(whole(x), whole(y), { ...table, everything: false }, context),
  ]
}

/** Results below which the subsets of each group are more than what is chosen of them. */
const FEWEST_RESULTS = 32

/** A product where results are few, sums of subsets where they are many. */
export const sumSelectedRows: Lowering<'sumSelectedRows'> = (args, context) => {
  const { chosen, x, residual, out } = args
  const [results, rows] = chosen.shape
  const columns = x.shape[1]
  const product = { a: chosen, b: x, residual, out, batch: 1, m: results, n: columns, k: rows }
  if (results < FEWEST_RESULTS) return matmul({ ...product, transposeB: false, sharedB: true, alpha: 1, activation: 'none' }, context)
  const lists = context.temporary(4 * LIST_WORDS * results * batchesOf(rows))
  const listed = perTask(results, 16 * rows, context)
  const resultsPerTask = Math.ceil(results / Math.ceil(results / MAX_SUMS))
  const columnTasks = Math.ceil(columns / SUM_COLUMNS)
  const values = { x: context.address(x), lists, residual: context.address(residual), out: context.address(out) }
  return [
    job(listChoices, { chosen: context.address(chosen), lists, results, rows, resultsPerTask: listed }, Math.ceil(results / listed)),
    job(sumLists, { ...values, results, rows, columns, resultsPerTask, columnTasks }, Math.ceil(results / resultsPerTask) * columnTasks),
  ]
}
