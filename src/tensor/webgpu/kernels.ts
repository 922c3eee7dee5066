/**
 * @file From the op table to dispatches: which kernel variant, which uniforms, which grid.
 */
import * as element from '../../shaders/elementwise.ts'
import * as group from '../../shaders/group-norm.ts'
import * as layout from '../../shaders/layout.ts'
import * as maps from '../../shaders/maps.ts'
import * as rows from '../../shaders/rows.ts'
import { fold } from '../../shaders/wgsl.ts'
import type { OpName, OpTable } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { attention, attentionMap } from './attention.ts'
import { type Context, meeting, perElement } from './context.ts'
import { conv2d } from './convolution.ts'
import { product } from './product.ts'

type Kernels = { [K in OpName]: (args: OpTable[K], context: Context) => void }

/** Pixels of one group that a workgroup reduces, so that about this many chunks exist at most. */
const MAX_CHUNKS = 64

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
    const width = channels / groups
    const chunk = Math.max(Math.ceil(256 / width), Math.ceil(pixels / MAX_CHUNKS))
    const chunks = Math.ceil(pixels / chunk)
    const moments = temporary([batch, groups, chunks, 3])
    const statistics = temporary([batch, groups, 2])
    dispatch({
      shader: group.groupMoments(meeting('groupNorm', chunk * width, context)),
      tensors: [x, moments],
      params: { pixels, channels, width, chunk, chunks },
      groups: [chunks, groups, batch],
    })
    const size = batch * groups
    dispatch({ shader: group.groupStatistics(), tensors: [moments, statistics], params: { size, chunks, eps }, groups: perElement(size) })
    dispatch({
      shader: group.groupApply(silu),
      tensors: [x, statistics, gamma, beta, out],
      params: { size: x.size, perImage: pixels * channels, channels, width, groupCount: groups },
      groups: perElement(x.size),
    })
  },

  layerNorm({ x, gamma, beta, out, eps }, context) {
    const [count, length] = x.shape as [number, number]
    context.dispatch({
      shader: rows.layerNorm(meeting('layerNorm', length, context)),
      tensors: [x, gamma, beta, out],
      params: { rows: count, length, eps },
      groups: fold(count),
    })
  },

  softmax({ x, out }, context) {
    const [count, length] = x.shape as [number, number]
    context.dispatch({
      shader: rows.softmax(false, meeting('softmax', length, context)),
      tensors: [x, out],
      params: { rows: count, length, causalFrom: -1, statsOffset: 0 },
      groups: fold(count),
    })
  },

  attention,
  attentionMap,

  unary({ x, out, fn, alpha, beta }, { dispatch }) {
    dispatch({ shader: element.unary(fn), tensors: [x, out], params: { size: x.size, alpha, beta }, groups: perElement(x.size) })
  },

  binary({ a, b, out, fn, alpha, beta, inner }, { dispatch }) {
    dispatch({
      shader: element.binary(fn),
      tensors: [a, b, out],
      params: { size: a.size, alpha, beta, inner, sizeB: b.size },
      groups: perElement(a.size),
    })
  },

  upsampleNearest({ x, out }, { dispatch }) {
    const [, height, width, channels] = x.shape as [number, number, number, number]
    const [, outHeight, outWidth] = out.shape as [number, number, number, number]
    dispatch({
      shader: layout.upsampleNearest(),
      tensors: [x, out],
      params: { size: out.size, channels, height, width, outHeight, outWidth },
      groups: perElement(out.size),
    })
  },

  concat({ a, b, out }, { dispatch }) {
    dispatch({
      shader: layout.concat(),
      tensors: [a, b, out],
      params: { size: out.size, ca: a.shape.at(-1)!, cb: b.shape.at(-1)! },
      groups: perElement(out.size),
    })
  },

  permute({ x, out, axes }, { dispatch }) {
    // Lead with axes of length 1 up to four.
    const lead = 4 - axes.length
    const [, d1, d2, d3] = [...Array(lead).fill(1), ...out.shape] as [number, number, number, number]
    const strides = axes.map((axis) => sizeOf(x.shape.slice(axis + 1)))
    const [s0, s1, s2, s3] = [...Array(lead).fill(0), ...strides] as [number, number, number, number]
    dispatch({
      shader: layout.permute(),
      tensors: [x, out],
      params: { size: out.size, d1, d2, d3, s0, s1, s2, s3 },
      groups: perElement(out.size),
    })
  },

  slice({ x, out, length, inner, start, count }, { dispatch }) {
    dispatch({
      shader: layout.slice(),
      tensors: [x, out],
      params: { size: out.size, length, inner, start, count },
      groups: perElement(out.size),
    })
  },

  reduce({ x, out, fn, outer, length, inner }, context) {
    const way = fn === 'sum' || fn === 'mean' ? meeting('reduce', length, context) : ({ kind: 'tree' } as const)
    context.dispatch({
      shader: rows.reduce(fn, way),
      tensors: [x, out],
      params: { rows: outer * inner, length, inner },
      groups: fold(outer * inner),
    })
  },

  rowDot({ a, b, out }, context) {
    const [count, length] = a.shape as [number, number]
    context.dispatch({
      shader: rows.rowDot(meeting('rowDot', length, context)),
      tensors: [a, b, out],
      params: { rows: count, length },
      groups: fold(count),
    })
  },

  /** D = ½ [h(x) + h(y) − x·ln y − ln x·y], h(p) = p·ln p: two products. */
  divergence({ x, y, out, floor }, context) {
    const [m, k] = x.shape as [number, number]
    const n = y.shape[0]!
    // ln(k·p) replaces ln p: the constant cancels exactly, and maps near uniform get logarithms near 0, which keeps digits.
    const withLogs = (maps: Tensor) => {
      const logs = context.temporary(maps.shape)
      const entropies = context.temporary([maps.shape[0]!])
      kernels.unary({ x: maps, out: logs, fn: 'log', alpha: floor, beta: k }, context)
      kernels.rowDot({ a: maps, b: logs, out: entropies }, context)
      return { logs, entropies }
    }
    const [from, to] = [withLogs(x), withLogs(y)]
    const product = { batch: 1, m, n, k, transposeB: true, sharedB: true, alpha: -0.5, activation: 'none' } as const
    const [cross, both, half] = [context.temporary([m, n]), context.temporary([m, n]), context.temporary([m, n])]
    kernels.matmul({ ...product, a: x, b: to.logs, out: cross }, context)
    kernels.matmul({ ...product, a: from.logs, b: y, residual: cross, out: both }, context)
    const sum = { fn: 'add', alpha: 1, beta: 0.5 } as const
    kernels.binary({ ...sum, a: both, b: from.entropies, out: half, inner: n }, context)
    kernels.binary({ ...sum, a: half, b: to.entropies, out, inner: 1 }, context)
  },

  sumChosen({ chosen, x, residual, out }, context) {
    const [m, k] = chosen.shape as [number, number]
    const product = { batch: 1, m, n: x.shape[1]!, k, transposeB: false, sharedB: true, alpha: 1, activation: 'none' } as const
    kernels.matmul({ ...product, a: chosen, b: x, out, ...(residual && { residual }) }, context)
  },

  gatherRows({ table, indices, out }, { dispatch }) {
    const shader = layout.gatherRows(table.dtype === 'f16' ? 'f16' : 'f32')
    dispatch({
      shader,
      tensors: [table, indices, out],
      params: { size: out.size, channels: table.shape[1]! },
      groups: perElement(out.size),
    })
  },

  fill({ out, value }, { dispatch }) {
    dispatch({ shader: element.fill(), tensors: [out], params: { size: out.size, value }, groups: perElement(out.size) })
  },

  cast({ x, out }, { dispatch }) {
    const toHalf = out.dtype === 'f16'
    if (x.dtype === 'f16' && toHalf) throw new Error('cast: f16 to f16 is a copy that nobody needs')
    const size = toHalf ? Math.ceil(x.size / 2) : x.size
    if (toHalf) dispatch({ shader: element.castToHalf(), tensors: [x, out], params: { size, count: x.size }, groups: perElement(size) })
    else if (x.dtype === 'f16') dispatch({ shader: element.castToFloat(), tensors: [x, out], params: { size }, groups: perElement(size) })
    else dispatch({ shader: element.unary('affine'), tensors: [x, out], params: { size, alpha: 1, beta: 0 }, groups: perElement(size) })
  },

  aggregateMap({ map, out, h, w, height, width, firstRow, mapFirstRow, weight }, context) {
    const { dispatch, temporary } = context
    const rows = map.shape[0]
    const sums = temporary([rows])
    dispatch({
      shader: maps.upsampledSums(meeting('aggregateMap', width, context)),
      tensors: [map, sums],
      params: { rows, h, w, height, width },
      groups: fold(rows),
    })
    dispatch({
      shader: maps.addUpsampled(),
      tensors: [map, sums, out],
      params: { size: out.size, rows, h, w, height, width, firstRow, mapFirstRow, weight },
      groups: perElement(out.size),
    })
  },

  argmaxMaps({ maps: pictures, out, h, w, height, width, firstRow }, { dispatch }) {
    dispatch({
      shader: maps.argmaxMaps(),
      tensors: [pictures, out],
      params: { size: out.size, h, w, height, width, firstRow, count: pictures.shape[0]! },
      groups: perElement(out.size),
    })
  },
}
