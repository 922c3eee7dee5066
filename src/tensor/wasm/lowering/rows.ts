/**
 * @file Jobs of the ops that work through rows or single values: norms, softmax, reductions,
 * element-wise functions, aggregation.
 */
import { unary as apply, binary as combine, FUNCTIONS, OPERATIONS, REPEAT } from '../elementwise.ts'
import { job, type Step } from '../kernel.ts'
import { aggregateMap as addMap, aggregationTables, MAX_CELLS } from '../maps.ts'
import { groupSums, MAX_NORM_CHANNELS, normalise, layerNorm as normaliseRows, PIECE } from '../norm.ts'
import { rowDot as dot, rowMax, rowSum, softmax as softmaxRows } from '../rows.ts'
import { ceil, type Lowering, perTask } from './context.ts'

/** Sums of channels, moments of groups on the host, and a second pass that normalises. */
export const groupNorm: Lowering<'groupNorm'> = (args, context) => {
  const { groups, eps, silu } = args
  const [batch, pixels, channels] = args.x.shape
  if (channels > MAX_NORM_CHANNELS) return undefined
  // Cut by size alone, so that sums are the same however many threads there are.
  const pixelsPerTask = ceil(perTask(pixels, 4 * channels, { threads: 8 }), PIECE)
  const tasksPerImage = Math.ceil(pixels / pixelsPerTask)
  const tasks = batch * tasksPerImage
  const [x, gamma, beta, out] = [args.x, args.gamma, args.beta, args.out].map((t) => context.address(t))
  const partial = context.temporary(8 * tasks * 2 * channels)
  const factors = context.temporary(4 * batch * 3 * channels)
  const common = { x, pixels, channels, pixelsPerTask, tasksPerImage }
  const join = () => {
    const { buffer } = context.memory
    const f32 = (address: number, length: number) => new Float32Array(buffer, address, length)
    const [scale, shift] = [f32(gamma, channels), f32(beta, channels)]
    for (let image = 0; image < batch; image++) {
      const to = f32(factors + 12 * image * channels, 3 * channels)
      const shifts = f32(x + 4 * image * pixels * channels, channels)
      const sums = new Float64Array(buffer, partial + 16 * image * tasksPerImage * channels, 2 * tasksPerImage * channels)
      writeFactors(to, { sums, shifts, scale, shift }, { tasks: tasksPerImage, pixels, channels, groups, eps })
    }
  }
  return [job(groupSums, { ...common, partial }, tasks), join, job(normalise, { ...common, out, factors, silu: Number(silu) }, tasks)]
}

/**
 * Writes the mean of each channel's group, scale / √(variance + eps), and the shift, one after
 * another, for one image: from the sums of x − k and (x − k)² [tasks, 2, channels], k = `shifts`.
 */
function writeFactors(
  to: Float32Array,
  { sums, shifts, scale, shift }: { sums: Float64Array; shifts: Float32Array; scale: Float32Array; shift: Float32Array },
  { tasks, pixels, channels, groups, eps }: { tasks: number; pixels: number; channels: number; groups: number; eps: number },
): void {
  const width = channels / groups
  const [first, second] = [new Float64Array(width), new Float64Array(width)]
  for (let start = 0; start < channels; start += width) {
    // 1. The sums of each channel, and the group's mean.
    let mean = 0
    for (let i = 0; i < width; i++) {
      first[i] = second[i] = 0
      for (let task = 0, at = start + i; task < tasks; task++, at += 2 * channels) {
        first[i] += sums[at]
        second[i] += sums[at + channels]
      }
      mean += (shifts[start + i] + first[i] / pixels) / width
    }
    // 2. Squares around it.
    let squares = 0
    for (let i = 0; i < width; i++) {
      const own = first[i] / pixels
      squares += second[i] - own * first[i] + pixels * (shifts[start + i] + own - mean) ** 2
    }
    const deviation = Math.sqrt(Math.max(0, squares) / (pixels * width) + eps)
    // 3. The factors.
    for (let c = start; c < start + width; c++) {
      to[c] = mean
      to[channels + c] = scale[c] / deviation
      to[2 * channels + c] = shift[c]
    }
  }
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
