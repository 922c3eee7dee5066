/** @file Jobs of the ops of merging: divergences of attention maps, and sums of those that were chosen. */
import type { Tensor } from '../../tensor.ts'
import { divergences, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, POOL, packMaps, poolCells } from '../divergence.ts'
import { job, type Step } from '../kernel.ts'
import { batchesOf, LIST_WORDS, listChoices, MAX_SUMS, SUM_COLUMNS, sumLists } from '../subsets.ts'
import { matmul } from './products.ts'
import { ceil, type Plan, perTask, type Site, SMALL } from './site.ts'

/** Cells from which on pooled ones are worth a look. */
const FEWEST_CELLS = 256
/** What a bound must be beyond for a divergence to be beyond the cap: far more than both are rounded by. */
const certainly = (cap: number) => 1.001 * cap + 1e-3

interface Divergences {
  /** Addresses of the maps [rows, cells] and [columns, cells], of the bounds or 0, and of the result. */
  x: number
  y: number
  bounds: number
  out: number
  rows: number
  columns: number
  cells: number
  floor: number
  limit: number
}

function divergenceJobs({ x, y, bounds, out, rows, columns, cells, floor, limit }: Divergences, site: Site): Step[] {
  const quads = Math.ceil(rows / 4)
  const panels = site.temporary(32 * quads * cells)
  const entropies = site.temporary(16 * quads)
  const maps = { cells, blockCells: ceil(cells / Math.ceil(cells / MAX_CELLS), 4), floor, scale: cells }
  const rowTasks = Math.ceil(rows / MAX_ROWS)
  const rowsPerTask = ceil(Math.ceil(rows / rowTasks), 4)
  const wanted = site.threads === 1 ? 1 : Math.min(4 * site.threads, (2 * rows * columns * cells) / SMALL)
  const columnsPerTask = Math.min(MAX_COLUMNS, ceil(Math.max(32, (columns * rowTasks) / wanted), 8))
  const columnTasks = Math.ceil(columns / columnsPerTask)
  return [
    job(packMaps, { x, rows, panels, entropies, ...maps }, quads),
    job(
      divergences,
      { panels, entropies, y, bounds, out, rows, columns, ...maps, limit, rowsPerTask, columnsPerTask, columnTasks },
      Math.ceil(rows / rowsPerTask) * columnTasks,
    ),
  ]
}

export const divergence: Plan<'divergence'> = ({ x, y, out, h, w, floor, cap }, site) => {
  const [rows, cells] = x.shape
  const columns = y.shape[0]
  const limit = certainly(cap)
  const whole = { x: site.address(x), y: site.address(y), out: site.address(out), rows, columns, cells, floor, limit }
  // Distributions are never further apart than −ln floor.
  if (limit > -Math.log(floor) || cells < FEWEST_CELLS) return divergenceJobs({ ...whole, bounds: 0 }, site)
  const pooledCells = Math.ceil(h / POOL) * Math.ceil(w / POOL)
  const pool = (maps: Tensor) => {
    const pooled = site.temporary(4 * maps.shape[0] * pooledCells)
    const rowsPerTask = perTask(maps.shape[0], 4 * cells, site)
    const values = { x: site.address(maps), out: pooled, rows: maps.shape[0], h, w, rowsPerTask, floor }
    return { pooled, job: job(poolCells, values, Math.ceil(maps.shape[0] / rowsPerTask)) }
  }
  const [fromX, fromY] = [pool(x), pool(y)]
  const bounds = site.temporary(4 * rows * columns)
  const coarse = { ...whole, x: fromX.pooled, y: fromY.pooled, bounds: 0, out: bounds, cells: pooledCells }
  return [fromX.job, fromY.job, ...divergenceJobs(coarse, site), ...divergenceJobs({ ...whole, bounds }, site)]
}

/** Results below which the subsets of each group are more than what is chosen of them. */
const FEWEST_RESULTS = 32

export const sumChosen: Plan<'sumChosen'> = (args, site) => {
  const { chosen, x, residual, out } = args
  const [results, rows] = chosen.shape
  const columns = x.shape[1]
  const product = { a: chosen, b: x, residual, out, batch: 1, m: results, n: columns, k: rows }
  if (results < FEWEST_RESULTS) return matmul({ ...product, transposeB: false, sharedB: true, alpha: 1, activation: 'none' }, site)
  const lists = site.temporary(4 * LIST_WORDS * results * batchesOf(rows))
  const listed = perTask(results, 16 * rows, site)
  const resultsPerTask = Math.ceil(results / Math.ceil(results / MAX_SUMS))
  const columnTasks = Math.ceil(columns / SUM_COLUMNS)
  const values = { x: site.address(x), lists, residual: site.address(residual), out: site.address(out) }
  return [
    job(listChoices, { chosen: site.address(chosen), lists, results, rows, resultsPerTask: listed }, Math.ceil(results / listed)),
    job(sumLists, { ...values, results, rows, columns, resultsPerTask, columnTasks }, Math.ceil(results / resultsPerTask) * columnTasks),
  ]
}
