/**
 * @file From the op table to dispatches: which kernel variant, which uniforms, which grid.
 */
import * as element from '../../shaders/elementwise.ts'
import * as group from '../../shaders/group-norm.ts'
import { fold, widthOf } from '../../shaders/kernel.ts'
import * as layout from '../../shaders/layout.ts'
import * as maps from '../../shaders/maps.ts'
import { reduce } from '../../shaders/reduce.ts'
import * as rows from '../../shaders/rows.ts'
import type { OpName, OpTable } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { attention, attentionMap } from './attention.ts'
import { type Context, dispatchEach, reductionFor } from './context.ts'
import { conv2d } from './convolution.ts'
import { product } from './product.ts'

type Kernels = { [K in OpName]: (args: OpTable[K], context: Context) => void }

/**
 * Pixels that a thread of group norm works through: as few as give a device this many threads, but
 * enough that few moments are left.
 */
const THREADS = 65_536
const SHORTEST_RUN = 16
const LONGEST_RUN = 256
const runLength = (fours: number) => Math.max(SHORTEST_RUN, Math.min(LONGEST_RUN, Math.ceil(fours / THREADS)))

export const kernels: Kernels = {
  matmul(args, context) {
    const { a, b, m, n, k, transposeB, sharedB } = args
    product(
      { ...args, a, b, aStride: k, aBatch: m * k, bStride: transposeB ? k : n, bBatch: sharedB ? 0 : n * k, outStride: n, outBatch: m * n },
      context,
    )
  },

  linearGeglu({ x, weight, bias, out }, context) {
    const [m, k] = x.shape as [number, number]
    const n = weight.shape[0]! / 2
    product(
      {
        ...{ a: x, b: weight, out, bias, activation: 'gelu', gated: true, batch: 1, m, n, k, transposeB: true, alpha: 1 },
        ...{ aStride: k, aBatch: 0, bStride: k, bBatch: 0, outStride: n, outBatch: 0 },
      },
      context,
    )
  },

  conv2d,

  groupNorm({ x, gamma, beta, out, groups, eps, silu }, context) {
    const { dispatch, temporary } = context
    const [batch, pixels, channels] = x.shape as [number, number, number]
    const width = widthOf(channels)
    const fours = channels / width
    const length = runLength(pixels * fours)
    const runs = Math.ceil(pixels / length)
    const moments = temporary([batch, runs, 2, channels])
    const factors = temporary([batch, 2, channels])
    const run = { pixels, channels: fours, length, runs }
    const threads = batch * runs * fours
    dispatchEach(context, group.groupMoments(width), [x, moments], threads, run)
    dispatch({
      shader: group.groupStatistics(reductionFor('groupNorm', (runs * channels) / groups, context)),
      tensors: [moments, gamma, factors],
      params: { ...run, channels, width: channels / groups, eps },
      groups: [groups, batch, 1],
    })
    dispatchEach(context, group.groupApply(silu, width), [x, factors, beta, out], threads, run)
  },

  layerNorm({ x, gamma, beta, out, eps }, context) {
    const [count, length] = x.shape as [number, number]
    const width = widthOf(length)
    context.dispatch({
      shader: rows.layerNorm(reductionFor('layerNorm', length, context), width),
      tensors: [x, gamma, beta, out],
      params: { rows: count, length: length / width, eps },
      groups: fold(count),
    })
  },

  softmax({ x, out }, context) {
    const [count, length] = x.shape as [number, number]
    const width = widthOf(length)
    context.dispatch({
      shader: rows.softmax(false, reductionFor('softmax', length, context), width),
      tensors: [x, out],
      params: { rows: count, length: length / width, causalFrom: -1, statsOffset: 0 },
      groups: fold(count),
    })
  },

  attention,
  attentionMap,

  unary({ x, out, fn, alpha, beta }, context) {
    const width = widthOf(x.size)
    dispatchEach(context, element.unary(fn, width), [x, out], x.size / width, { alpha, beta })
  },

  binary({ a, b, out, fn, alpha, beta, inner }, context) {
    const repeat = inner > 1 ? 'runs' : b.size === a.size ? 'same' : 'repeated'
    const width = widthOf(a.size, repeat === 'runs' ? inner : b.size)
    dispatchEach(context, element.binary(fn, repeat, width), [a, b, out], a.size / width, {
      ...{ alpha, beta, inner: Math.ceil(inner / width) },
      sizeB: repeat === 'runs' ? b.size : b.size / width,
    })
  },

  upsampleNearest({ x, out }, context) {
    const [, height, pixels, channels] = x.shape as [number, number, number, number]
    const [, outHeight, outWidth] = out.shape as [number, number, number, number]
    const width = widthOf(channels)
    dispatchEach(context, layout.upsampleNearest(width), [x, out], out.size / width, {
      channels: channels / width,
      height,
      width: pixels,
      outHeight,
      outWidth,
    })
  },

  concat({ a, b, out }, context) {
    const [ca, cb] = [a.shape.at(-1)!, b.shape.at(-1)!]
    const width = widthOf(ca, cb)
    dispatchEach(context, layout.concat(width), [a, b, out], out.size / width, { ca: ca / width, cb: cb / width })
  },

  permute({ x, out, axes }, context) {
    // Lead with axes of length 1 up to four.
    const lead = 4 - axes.length
    const [, d1, d2, d3] = [...Array(lead).fill(1), ...out.shape] as [number, number, number, number]
    const strides = axes.map((axis) => sizeOf(x.shape.slice(axis + 1)))
    const [s0, s1, s2, s3] = [...Array(lead).fill(0), ...strides] as [number, number, number, number]
    // Neighbours stay neighbours where the last axis keeps its place.
    const width = s3 === 1 ? widthOf(d3) : 1
    const [w0, w1, w2] = [s0, s1, s2].map((s) => s / width) as [number, number, number]
    dispatchEach(context, layout.permute(width), [x, out], out.size / width, { d1, d2, d3: d3 / width, s0: w0, s1: w1, s2: w2, s3 })
  },

  slice({ x, out, length, inner, start, count }, context) {
    const width = widthOf(length * inner, start * inner, count * inner)
    dispatchEach(context, layout.slice(width), [x, out], out.size / width, {
      length: (length * inner) / width,
      start: (start * inner) / width,
      count: (count * inner) / width,
    })
  },

  reduce({ x, out, fn, outer, length, inner }, context) {
    const sums = fn === 'sum' || fn === 'mean'
    const way = sums ? reductionFor('reduce', length, context) : ({ kind: 'tree' } as const)
    const width = sums && inner === 1 ? widthOf(length) : 1
    context.dispatch({
      shader: reduce(fn, way, width),
      tensors: [x, out],
      params: { rows: outer * inner, length: length / width, inner },
      groups: fold(outer * inner),
    })
  },

  rowDot({ a, b, out }, context) {
    const [count, length] = a.shape as [number, number]
    const width = widthOf(length)
    context.dispatch({
      shader: rows.rowDot(reductionFor('rowDot', length, context), width),
      tensors: [a, b, out],
      params: { rows: count, length: length / width },
      groups: fold(count),
    })
  },

  /** D = ½ [h(x) + h(y) − x·ln y − ln x·y], h(p) = p·ln p: two products. */
  divergence({ x, y, out, floor }, context) {
    const [m, k] = x.shape as [number, number]
    const n = y.shape[0]!
    // ln(k·p) replaces ln p: the constant cancels exactly, and maps near uniform get logarithms
    // near 0, which keeps digits.
    const withLogs = (maps: Tensor) => {
      const logs = context.temporary(maps.shape)
      const entropies = context.temporary([maps.shape[0]!])
      kernels.unary({ x: maps, out: logs, fn: 'log', alpha: floor, beta: k }, context)
      kernels.rowDot({ a: maps, b: logs, out: entropies }, context)
      return { logs, entropies }
    }
    const [from, to] = [withLogs(x), withLogs(y)]
    const product = { batch: 1, m, n, k, transposeB: true, sharedB: true, alpha: -0.5, activation: 'none', exact: true } as const
    const [cross, both, half] = [context.temporary([m, n]), context.temporary([m, n]), context.temporary([m, n])]
    kernels.matmul({ ...product, a: x, b: to.logs, out: cross }, context)
    kernels.matmul({ ...product, a: from.logs, b: y, residual: cross, out: both }, context)
    const sum = { fn: 'add', alpha: 1, beta: 0.5 } as const
    kernels.binary({ ...sum, a: both, b: from.entropies, out: half, inner: n }, context)
    kernels.binary({ ...sum, a: half, b: to.entropies, out, inner: 1 }, context)
  },

  sumSelectedRows({ chosen, x, residual, out }, context) {
    const [m, k] = chosen.shape as [number, number]
    const product = { batch: 1, m, n: x.shape[1]!, k, transposeB: false, sharedB: true, alpha: 1, activation: 'none', exact: true } as const
    kernels.matmul({ ...product, a: chosen, b: x, residual, out }, context)
  },

  gatherRows({ table, indices, out }, context) {
    const channels = table.shape[1]!
    const width = widthOf(channels)
    const shader = layout.gatherRows(table.dtype === 'f16' ? 'f16' : 'f32', width)
    dispatchEach(context, shader, [table, indices, out], out.size / width, { channels: channels / width })
  },

  fill({ out, value }, context) {
    const width = widthOf(out.size)
    dispatchEach(context, element.fill(width), [out], out.size / width, { value })
  },

  cast({ x, out }, context) {
    const toHalf = out.dtype === 'f16'
    if (x.dtype === 'f16' && toHalf) throw new Error('cast: f16 to f16 is a copy that nobody needs')
    const width = widthOf(x.size)
    const size = x.size / width
    if (toHalf) dispatchEach(context, element.castToHalf(), [x, out], Math.ceil(x.size / 2), { count: x.size })
    else if (x.dtype === 'f16') dispatchEach(context, element.castToFloat(width), [x, out], size)
    else dispatchEach(context, element.unary('affine', width), [x, out], size, { alpha: 1, beta: 0 })
  },

  aggregateMap({ map, out, h, w, height, width, firstRow, mapFirstRow, weight }, context) {
    const { dispatch, temporary } = context
    const rows = map.shape[0]
    const sums = temporary([rows])
    dispatch({
      shader: maps.upsampledSums(reductionFor('aggregateMap', width, context)),
      tensors: [map, sums],
      params: { rows, h, w, height, width },
      groups: fold(rows),
    })
    const grids = { rows, h, w, height, width, firstRow, mapFirstRow, weight }
    const keys = widthOf(width)
    dispatchEach(context, maps.addUpsampled(keys), [map, sums, out], out.size / keys, grids)
  },

  argmaxMaps({ maps: pictures, out, h, w, height, width, firstRow }, context) {
    const grids = { h, w, height, width, firstRow, count: pictures.shape[0]! }
    dispatchEach(context, maps.argmaxMaps(), [pictures, out], out.size, grids)
  },
}
