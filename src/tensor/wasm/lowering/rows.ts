/**
 * @file Jobs of the ops that work through rows or single values: norms, softmax, reductions,
 * element-wise functions, aggregation.
 */
import { unary as apply, binary as combine, FUNCTIONS, OPERATIONS, REPEAT } from '../elementwise.ts'
import { groupFactors, groupSums, MAX_NORM_CHANNELS, normalise, PIECE } from '../group-norm.ts'
import { job, type Step } from '../kernel.ts'
import { layerNorm as normaliseRows } from '../layer-norm.ts'
import { aggregateMap as addMap, aggregationTables, MAX_CELLS } from '../maps.ts'
import { rowDot as dot, rowMax, rowSum, softmax as softmaxRows } from '../rows.ts'
import { ceil, type Lowering, perTask } from './context.ts'

/** Bytes up to which a norm takes four pixels together: half of what shared caches hold. */
const CACHED = 2 ** 23

/** Sums of channels, what follows from those of each group, and a second pass that normalises. */
export const groupNorm: Lowering<'groupNorm'> = (args, context) => {
  const { groups, eps, silu } = args
  const [batch, pixels, channels] = args.x.shape
  if (channels > MAX_NORM_CHANNELS) return undefined
  // Sums are cut by size alone, so that they are the same however many threads there are.
  const pixelsPerSum = ceil(perTask(pixels, 4 * channels, { threads: 8 }), PIECE)
  const sumsPerImage = Math.ceil(pixels / pixelsPerSum)
  const pixelsPerTask = perTask(pixels, 4 * channels, context)
  const tasksPerImage = Math.ceil(pixels / pixelsPerTask)
  const [x, gamma, beta, out] = [args.x, args.gamma, args.beta, args.out].map((t) => context.address(t))
  const partial = context.temporary(8 * batch * sumsPerImage * 2 * ceil(channels, 4))
  const factors = context.temporary(4 * batch * 3 * channels)
  // Spread behind what is each job's own, where V8 copies it in a fraction of the time.
  const common = { x, pixels, channels, together: Number(args.x.bytes <= CACHED) }
  return [
    job(groupSums, { pixelsPerTask: pixelsPerSum, tasksPerImage: sumsPerImage, partial, ...common }, batch * sumsPerImage),
    job(groupFactors, { tasksPerImage: sumsPerImage, partial, gamma, beta, factors, width: channels / groups, eps, ...common }, batch),
    job(normalise, { pixelsPerTask, tasksPerImage, out, factors, silu: Number(silu), ...common }, batch * tasksPerImage),
  ]
}

/** Tasks are ranges of rows. */
export const layerNorm: Lowering<'layerNorm'> = (args, context) => {
  const [rows, length] = args.x.shape
  const rowsPerTask = perTask(rows, 4 * length, context)
  const [x, gamma, beta, out] = [args.x, args.gamma, args.beta, args.out].map((t) => context.address(t))
  return [job(normaliseRows, { x, gamma, beta, out, rows, length, rowsPerTask, eps: args.eps }, Math.ceil(rows / rowsPerTask))]
}

/** Tasks are ranges of rows. */
export const softmax: Lowering<'softmax'> = (args, context) => {
  const [rows, length] = args.x.shape
  const rowsPerTask = perTask(rows, 4 * length, context)
  const values = { x: context.address(args.x), out: context.address(args.out), rows, length, rowsPerTask }
  return [job(softmaxRows, values, Math.ceil(rows / rowsPerTask))]
}

/** Tasks are ranges of rows. */
export const rowDot: Lowering<'rowDot'> = (args, context) => {
  const [rows, length] = args.a.shape
  const rowsPerTask = perTask(rows, 8 * length, context)
  const values = { a: context.address(args.a), b: context.address(args.b), out: context.address(args.out), rows, length, rowsPerTask }
  return [job(dot, values, Math.ceil(rows / rowsPerTask))]
}

/** Sums, means and maxima of rows. */
export const reduce: Lowering<'reduce'> = ({ x, out, fn, outer: rows, length, inner }, context) => {
  if (inner !== 1 || (fn !== 'sum' && fn !== 'mean' && fn !== 'max')) return undefined
  const rowsPerTask = perTask(rows, 4 * length, context)
  const values = { x: context.address(x), out: context.address(out), rows, length, rowsPerTask, factor: fn === 'mean' ? 1 / length : 1 }
  return [job(fn === 'max' ? rowMax : rowSum, values, Math.ceil(rows / rowsPerTask))]
}

/** Tasks are ranges of elements. */
export const unary: Lowering<'unary'> = ({ x, out, fn, alpha, beta }, context) => {
  const size = out.size
  const elements = ceil(perTask(size, 4, context), 4)
  const values = { x: context.address(x), out: context.address(out), size, perTask: elements, fn: FUNCTIONS.indexOf(fn), alpha, beta }
  return [job(apply, values, Math.ceil(size / elements))]
}

/** Elements of a row, where both operands are one long row. */
const ROW = 4096

/** Tasks are ranges of rows of `a`, whose length is that of what is repeated of `b`. */
export const binary: Lowering<'binary'> = ({ a, b, out, fn, alpha, beta, inner }, context) => {
  const size = out.size
  const [repeat, length] = inner > 1 ? [REPEAT.elements, inner] : b.size === size ? [REPEAT.rows, ROW] : [REPEAT.row, b.size]
  const rows = Math.ceil(size / length)
  const rowsPerTask = perTask(rows, 4 * length, context)
  const values = {
    a: context.address(a),
    b: context.address(b),
    out: context.address(out),
    size,
    length,
    rowsPerTask,
    repeat,
    sizeB: b.size,
    fn: OPERATIONS.indexOf(fn),
    alpha,
    beta,
  }
  return [job(combine, values, Math.ceil(rows / rowsPerTask))]
}

/** Tables by the host, then tasks are ranges of coarse queries; undefined for larger grids. */
export const aggregateMap: Lowering<'aggregateMap'> = (args, context): Step[] | undefined => {
  const { map, out, h, w, height, width, weight } = args
  if (height * width > MAX_CELLS || w > MAX_CELLS) return undefined
  const queries = map.shape[0]
  const mapRows = queries / w
  const table = aggregationTables(args, out.shape[0] / width, mapRows)
  const tables = context.temporary(4 * table.length)
  const fine = out.size / queries
  const queriesPerTask = perTask(queries, 8 * fine, context)
  const values = {
    map: context.address(map),
    out: context.address(out),
    tables,
    queries,
    queriesPerTask,
    h,
    w,
    height,
    width,
    mapRows,
    weight,
  }
  const write = () => new Int32Array(context.memory.buffer, tables, table.length).set(table)
  return [write, job(addMap, values, Math.ceil(queries / queriesPerTask))]
}
