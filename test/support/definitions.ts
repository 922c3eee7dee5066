/**
 * @file Every op of the table as its docstring in `tensor/backend.ts` defines it: plain loops in f64, without any cleverness,
 * so that a reader can check them line by line. Kernels are compared with these, not with each other.
 */
import type { OpName, OpTable, Reduction, UnaryFunction } from '../../src/tensor/backend.ts'
import { sizeOf } from '../../src/tensor/shape.ts'
import type { Input, OpCase } from './cases.ts'

/** An input tensor; f16 is decoded. */
interface Operand {
  shape: readonly number[]
  data: Float64Array
}

/** Input tensors by the name of their argument; those that a case leaves out are undefined. */
type Operands = Readonly<Record<string, Operand>>

/** Outputs by the name of their argument. */
type Results = Record<string, Float64Array>

/** @param before what the result held, for ops that add to it */
type Definition<K extends OpName> = (
  operands: Operands,
  args: OpTable[K],
  shapes: Readonly<Record<string, readonly number[]>>,
  before: Float64Array,
) => Results

/** The results that a case must have, by the name of their argument. */
export function defined(c: OpCase): Results {
  const operands = Object.fromEntries(Object.entries(c.inputs).map(([name, input]) => [name, operandOf(input)]))
  const shapes = Object.fromEntries(Object.entries(c.outputs).map(([name, { shape }]) => [name, shape]))
  const before = Float64Array.from((c.outputs['out'].initial as Float32Array | undefined) ?? [])
  const results = (DEFINITIONS[c.op] as Definition<OpName>)(operands, c.args as never, shapes, before)
  return c.outputs['out'].dtype === 'f16' ? { out: results['out'].map(nearestHalf) } : results
}

function operandOf({ shape, dtype, data }: Input): Operand {
  return { shape, data: dtype === 'f16' ? Float64Array.from(data, halfValue) : Float64Array.from(data) }
}

/** The value of an f16 bit pattern. */
export function halfValue(bits: number): number {
  const sign = bits >> 15 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (exponent === 0 ? fraction / 1024 : 1 + fraction / 1024) * 2 ** (Math.max(exponent, 1) - 15)
}

/** The nearest number that f16 holds, of two that are equally near the one with an even last bit. */
export function nearestHalf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10)
  const steps = x / step
  const below = Math.floor(steps)
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 !== 0)
  const rounded = (up ? below + 1 : below) * step
  return Math.abs(rounded) > 65504 ? Math.sign(x) * Infinity : rounded
}

/** erf(x) = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n + 1)): only positive terms, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let [sum, term] = [0, x]
  for (let n = 0; Math.abs(term) > 1e-20; n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 3)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x))
const gelu = (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2))

const FUNCTIONS: Record<UnaryFunction | 'none', (x: number, alpha: number, beta: number) => number> = {
  none: (x) => x,
  silu: (x) => x * logistic(x),
  gelu,
  geluTanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quickGelu: (x) => x * logistic(1.702 * x),
  exp: Math.exp,
  affine: (x, alpha, beta) => alpha * x + beta,
  log: (x, alpha, beta) => Math.log(beta * Math.max(x, alpha)),
  less: (x, alpha) => (x < alpha ? 1 : 0),
}

/** Values of every index of a shape of up to four axes, in order. */
function table(shape: readonly number[], value: (i: number, j: number, k: number, l: number) => number): Float64Array {
  const [a, b = 1, c = 1, d = 1] = shape
  const out = new Float64Array(sizeOf(shape))
  let at = 0
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) out[at++] = value(i, j, k, l)
  return out
}

/** Σ value(i) for i = 0 … n − 1. */
function sumOf(n: number, value: (i: number) => number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += value(i)
  return sum
}

/** s = scale · q · kᵀ of one head of one image. Keys that a causal query does not see are −∞. */
function scores({ q, k }: Operands, { heads, scale, causal }: { heads: number; scale: number; causal: boolean }) {
  const [, queries, channels] = q.shape
  const keys = k.shape[1]
  const size = channels / heads
  return (image: number, head: number, query: number) => {
    const from = (image * queries + query) * channels + head * size
    return Float64Array.from({ length: keys }, (_, key) => {
      const to = (image * keys + key) * channels + head * size
      let sum = 0
      for (let c = 0; c < size; c++) sum += q.data[from + c] * k.data[to + c]
      return causal && key > query ? -Infinity : scale * sum
    })
  }
}

/** A map of h × w cells at pixel (y, x) of height × width: bilinear, half-pixel centres, clamped edges. */
function upsampled({ h, w, height, width }: { h: number; w: number; height: number; width: number }) {
  const clamp = (i: number, n: number) => Math.min(Math.max(i, 0), n - 1)
  return (map: ArrayLike<number>, offset: number, y: number, x: number) => {
    const [v, u] = [((y + 0.5) * h) / height - 0.5, ((x + 0.5) * w) / width - 0.5]
    const [top, left] = [Math.floor(v), Math.floor(u)]
    const cell = (row: number, column: number) => map[offset + clamp(row, h) * w + clamp(column, w)]
    const line = (row: number) => cell(row, left) * (1 - (u - left)) + cell(row, left + 1) * (u - left)
    return line(top) * (1 - (v - top)) + line(top + 1) * (v - top)
  }
}

/** Of a list of values: the result of a reduction. Ties go to the lowest index. */
function reduced(values: readonly number[], fn: Reduction): number {
  if (fn === 'sum' || fn === 'mean') return values.reduce((a, b) => a + b, 0) / (fn === 'mean' ? values.length : 1)
  const best = fn === 'max' || fn === 'argmax' ? Math.max(...values) : Math.min(...values)
  return fn.startsWith('arg') ? values.indexOf(best) : best
}

const DEFINITIONS: { [K in OpName]: Definition<K> } = {
  matmul({ a, b, bias, residual }, { batch, m, n, k, transposeB, sharedB, alpha, activation }) {
    const out = table([batch, m, n], (i, row, column) => {
      const [fromA, fromB] = [(i * m + row) * k, sharedB ? 0 : i * n * k]
      let sum = 0
      for (let t = 0; t < k; t++) sum += a.data[fromA + t] * b.data[fromB + (transposeB ? column * k + t : t * n + column)]
      const value = FUNCTIONS[activation](alpha * sum + (bias?.data[column] ?? 0), 0, 0)
      return value + (residual?.data[(i * m + row) * n + column] ?? 0)
    })
    return { out }
  },

  linearGeglu({ x, weight, bias }) {
    const [rows, k] = x.shape
    const channels = weight.shape[0] / 2
    const linear = (row: number, output: number) => {
      let sum = bias?.data[output] ?? 0
      for (let t = 0; t < k; t++) sum += x.data[row * k + t] * weight.data[output * k + t]
      return sum
    }
    return { out: table([rows, channels], (row, c) => linear(row, c) * gelu(linear(row, channels + c))) }
  },

  conv2d({ x, weight, bias, perImage, residual }, { stride, top, left, activation }, shapes) {
    const [, height, width, channels] = x.shape
    const [filters, kh, kw] = weight.shape
    const [, oh, ow] = shapes['out']
    const out = table(shapes['out'], (image, oy, ox, filter) => {
      let sum = (bias?.data[filter] ?? 0) + (perImage?.data[image * filters + filter] ?? 0)
      for (let dy = 0; dy < kh; dy++)
        for (let dx = 0; dx < kw; dx++) {
          const [y, column] = [oy * stride - top + dy, ox * stride - left + dx]
          if (y < 0 || y >= height || column < 0 || column >= width) continue
          const from = ((image * height + y) * width + column) * channels
          const tap = ((filter * kh + dy) * kw + dx) * channels
          for (let c = 0; c < channels; c++) sum += x.data[from + c] * weight.data[tap + c]
        }
      const value = FUNCTIONS[activation](sum, 0, 0)
      return value + (residual?.data[((image * oh + oy) * ow + ox) * filters + filter] ?? 0)
    })
    return { out }
  },

  groupNorm({ x, gamma, beta }, { groups, eps, silu }) {
    const [batch, pixels, channels] = x.shape
    const width = channels / groups
    const overGroup = (image: number, group: number, value: (v: number) => number) =>
      sumOf(pixels, (p) => sumOf(width, (c) => value(x.data[(image * pixels + p) * channels + group * width + c]))) / (pixels * width)
    const moments = Array.from({ length: batch * groups }, (_, i) => {
      const [image, group] = [Math.floor(i / groups), i % groups]
      const mean = overGroup(image, group, (v) => v)
      return { mean, variance: overGroup(image, group, (v) => (v - mean) ** 2) }
    })
    const out = table([batch, pixels, channels], (image, pixel, channel) => {
      const { mean, variance } = moments[image * groups + Math.floor(channel / width)]
      const normalised = (x.data[(image * pixels + pixel) * channels + channel] - mean) / Math.sqrt(variance + eps)
      const value = normalised * gamma.data[channel] + beta.data[channel]
      return silu ? FUNCTIONS.silu(value, 0, 0) : value
    })
    return { out }
  },

  layerNorm({ x, gamma, beta }, { eps }) {
    const [rows, length] = x.shape
    const moments = Array.from({ length: rows }, (_, row) => {
      const mean = sumOf(length, (i) => x.data[row * length + i]) / length
      return { mean, variance: sumOf(length, (i) => (x.data[row * length + i] - mean) ** 2) / length }
    })
    const out = table([rows, length], (row, i) => {
      const { mean, variance } = moments[row]
      return ((x.data[row * length + i] - mean) / Math.sqrt(variance + eps)) * gamma.data[i] + beta.data[i]
    })
    return { out }
  },

  softmax({ x }) {
    const [rows, length] = x.shape
    const sums = Array.from({ length: rows }, (_, row) => sumOf(length, (i) => Math.exp(x.data[row * length + i])))
    return { out: table([rows, length], (row, i) => Math.exp(x.data[row * length + i]) / sums[row]) }
  },

  attention(operands, args, shapes) {
    const { q, k, v } = operands
    const [batch, queries, channels] = q.shape
    const [keys, size] = [k.shape[1], channels / args.heads]
    const rowOf = scores(operands, args)
    const out = new Float64Array(q.data.length)
    const stats: number[] = []
    for (let image = 0; image < batch; image++)
      for (let head = 0; head < args.heads; head++)
        for (let query = 0; query < queries; query++) {
          const row = rowOf(image, head, query)
          const max = Math.max(...row)
          const sum = sumOf(keys, (key) => Math.exp(row[key] - max))
          stats.push(max, sum)
          for (let c = head * size; c < (head + 1) * size; c++)
            out[(image * queries + query) * channels + c] = sumOf(
              keys,
              (key) => (Math.exp(row[key] - max) / sum) * v.data[(image * keys + key) * channels + c],
            )
        }
    const results: Results = { out }
    if ('stats' in shapes) results['stats'] = Float64Array.from(stats)
    return results
  },

  attentionMap(operands, args, _shapes, before) {
    const { q, k, stats, headWeights } = operands
    const [batch, queries] = q.shape
    const keys = k.shape[1]
    const rowOf = scores(operands, args)
    const out = before.slice()
    for (let image = 0; image < batch; image++)
      for (let head = 0; head < args.heads; head++)
        for (let query = 0; query < queries; query++) {
          const at = 2 * ((image * args.heads + head) * queries + query)
          const [max, sum] = [stats.data[at], stats.data[at + 1]]
          rowOf(image, head, query).forEach((s, key) => {
            out[(image * queries + query) * keys + key] += headWeights.data[head] * (Math.exp(s - max) / sum)
          })
        }
    return { out }
  },

  unary: ({ x }, { fn, alpha, beta }) => ({ out: x.data.map((v) => FUNCTIONS[fn](v, alpha, beta)) }),

  binary({ a, b }, { fn, alpha, beta, inner }) {
    const out = a.data.map((x, i) => {
      const y = b.data[Math.floor(i / inner) % b.data.length]
      return fn === 'add' ? alpha * x + beta * y : fn === 'mul' ? x * y : x / y
    })
    return { out }
  },

  upsampleNearest({ x }, _args, { out }) {
    const [, h, w, channels] = x.shape
    const [, height, width] = out
    const source = (image: number, y: number, column: number, c: number) =>
      ((image * h + Math.floor((y * h) / height)) * w + Math.floor((column * w) / width)) * channels + c
    return { out: table(out, (image, y, column, c) => x.data[source(image, y, column, c)]) }
  },

  concat({ a, b }) {
    const [rows, first] = a.shape
    const second = b.shape[1]
    const out = table([rows, first + second], (row, c) => (c < first ? a.data[row * first + c] : b.data[row * second + c - first]))
    return { out }
  },

  permute({ x }, { axes }, { out }) {
    const strides = axes.map((axis) => sizeOf(x.shape.slice(axis + 1)))
    return { out: table(out, (...index) => x.data[sumOf(axes.length, (j) => index[j] * strides[j])]) }
  },

  slice: ({ x }, { outer, length, inner, start, count }) => ({
    out: table([outer, count, inner], (o, i, j) => x.data[(o * length + start + i) * inner + j]),
  }),

  reduce({ x }, { fn, outer, length, inner }) {
    const line = (o: number, i: number) => Array.from({ length }, (_, l) => x.data[(o * length + l) * inner + i])
    return { out: table([outer, inner], (o, i) => reduced(line(o, i), fn)) }
  },

  rowDot({ a, b }) {
    const [rows, length] = a.shape
    return { out: table([rows], (row) => sumOf(length, (i) => a.data[row * length + i] * b.data[row * length + i])) }
  },

  divergence({ x, y }, { floor }) {
    const [m, cells] = x.shape
    const log = (p: number) => Math.log(Math.max(p, floor))
    const out = table([m, y.shape[0]], (i, j) => {
      const term = (c: number) => {
        const [p, q] = [x.data[i * cells + c], y.data[j * cells + c]]
        return (p - q) * (log(p) - log(q))
      }
      return sumOf(cells, term) / 2
    })
    return { out }
  },

  sumSelectedRows({ chosen, x, residual }) {
    const [m, k] = chosen.shape
    const n = x.shape[1]
    const sum = (i: number, j: number) => sumOf(k, (row) => (chosen.data[i * k + row] === 1 ? x.data[row * n + j] : 0))
    return { out: table([m, n], (i, j) => sum(i, j) + (residual?.data[i * n + j] ?? 0)) }
  },

  gatherRows({ table: rows, indices }) {
    const channels = rows.shape[1]
    return { out: table([indices.data.length, channels], (i, c) => rows.data[indices.data[i] * channels + c]) }
  },

  fill: (_operands, { value }, { out }) => ({ out: new Float64Array(sizeOf(out)).fill(value) }),

  // `defined` rounds what is stored as f16.
  cast: ({ x }) => ({ out: x.data }),

  aggregateMap({ map }, { h, w, height, width, firstRow, mapFirstRow, weight }, shapes, before) {
    const up = upsampled({ h, w, height, width })
    const [rows, mapRows] = [shapes['out'][0] / width, map.shape[0] / w]
    const cells = height * width
    const out = before.slice()
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < width; x++) {
        const coarseRow = Math.floor(((firstRow + y) * h) / height) - mapFirstRow
        if (coarseRow < 0 || coarseRow >= mapRows) continue
        const from = (coarseRow * w + Math.floor((x * w) / width)) * h * w
        const keys = table([height, width], (v, u) => up(map.data, from, v, u))
        const sum = keys.reduce((a, b) => a + b, 0)
        for (let i = 0; i < cells; i++) out[(y * width + x) * cells + i] += (weight * keys[i]) / sum
      }
    return { out }
  },

  argmaxMaps({ maps }, { h, w, height, width, firstRow }, { out }) {
    const up = upsampled({ h, w, height, width })
    const values = (y: number, x: number) => Array.from({ length: maps.shape[0] }, (_, m) => up(maps.data, m * h * w, firstRow + y, x))
    return { out: table(out, (y, x) => reduced(values(y, x), 'argmax')) }
  },
}
