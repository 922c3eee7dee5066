/**
 * @file Small random cases for every op of the table, edges first: single rows and channels, sizes that no tile divides, batches, f16 weights. Seeded, so
 * that the same cases run on every backend and through the definitions (`definitions.ts`).
 */
import type { Activation, Backend, OpName, OpTable, Reduction, UnaryFunction } from '../../src/tensor/backend.ts'
import { floatToHalf } from '../../src/tensor/half.ts'
import { BYTES, type DType, type Shape, show, sizeOf } from '../../src/tensor/shape.ts'
import { Tensor } from '../../src/tensor/tensor.ts'
import type { Random } from './random.ts'

type Data = Float32Array | Int32Array | Uint16Array

export interface Input {
  shape: Shape
  dtype: DType
  data: Data
}

export interface Output {
  shape: Shape
  dtype: DType
  /** What it holds before, for ops that add to it. */
  initial?: Data
}

export interface OpCase {
  op: OpName
  /** Shapes and options as text. */
  name: string
  /** Input tensors by argument name. */
  inputs: Record<string, Input>
  outputs: Record<string, Output>
  /** The other arguments. */
  args: Record<string, unknown>
}

/** Fills outputs without `initial`, so that elements an op forgets to write stand out. */
const SENTINEL = 12345

/** Runs a case and reads its outputs (f16 decoded, i32 as numbers). */
export async function runCase(backend: Backend, c: OpCase): Promise<Record<string, Float32Array>> {
  const tensors: Record<string, Tensor> = {}
  for (const [name, { shape, data }] of Object.entries(c.inputs)) tensors[name] = Tensor.from(backend, data, shape, name)
  for (const [name, { shape, dtype, initial }] of Object.entries(c.outputs)) {
    const bytes = sizeOf(shape) * BYTES[dtype]
    tensors[name] = initial
      ? Tensor.from(backend, initial, shape, name)
      : Tensor.from(backend, filled(dtype, bytes / BYTES[dtype]), shape, name)
  }
  backend.run(c.op, { ...tensors, ...c.args } as never)
  const results: Record<string, Float32Array> = {}
  for (const name of Object.keys(c.outputs)) results[name] = await tensors[name].floats()
  for (const tensor of Object.values(tensors)) tensor.dispose()
  return results
}

function filled(dtype: DType, size: number): Data {
  if (dtype === 'f16') return new Uint16Array(size).fill(SENTINEL)
  return dtype === 'i32' ? new Int32Array(size).fill(SENTINEL) : new Float32Array(size).fill(SENTINEL)
}

/** Every op's cases, in the order of the table. */
export function* cases(rng: Random): Iterable<OpCase> {
  for (const make of Object.values(GENERATORS)) yield* make(rng)
}

const ACTIVATIONS: Activation[] = ['none', 'silu', 'gelu', 'geluTanh', 'quickGelu']

type Values = { low?: number; high?: number; half?: boolean }

export function tensor(rng: Random, shape: Shape, { low = -1, high = 1, half = false }: Values = {}): Input {
  const data = rng.floats(sizeOf(shape), low, high)
  return half ? { shape, dtype: 'f16', data: floatToHalf(data) } : { shape, dtype: 'f32', data }
}

/** Rows that sum to 1, a cell in ten exactly 0. */
function distributions(rng: Random, rows: number, cells: number): Input {
  const all = tensor(rng, [rows, cells], { low: -0.1, high: 1 })
  for (let row = 0; row < rows; row++) {
    const line = all.data.subarray(row * cells, (row + 1) * cells) as Float32Array
    line.set(line.map((v) => Math.max(0, v)))
    const sum = line.reduce((a, b) => a + b, 0) || 1
    line.set(line.map((v) => v / sum))
  }
  return all
}

export function f32(shape: Shape): Output {
  return { shape, dtype: 'f32' }
}

/** Drops what is undefined, and names the case after what is left. */
export function opCase(
  op: OpName,
  inputs: Record<string, Input | undefined>,
  out: Output | Record<string, Output>,
  args: Record<string, unknown> = {},
): OpCase {
  const given = Object.fromEntries(Object.entries(inputs).filter((entry): entry is [string, Input] => entry[1] !== undefined))
  const outputs = 'dtype' in out ? { out: out as Output } : out
  const shapes = Object.entries({ ...given, ...outputs }).map(
    ([name, t]) => `${name} ${show(t.shape)}${t.dtype === 'f32' ? '' : ` ${t.dtype}`}`,
  )
  const rest = Object.entries(args).map(([name, value]) => `${name} ${value}`)
  return { op, name: [op, ...shapes, ...rest].join(', '), inputs: given, outputs, args }
}

/** A list of edges, then `count` random ones. */
function* shapes<T>(rng: Random, edges: T[], count: number, make: (rng: Random) => T): Iterable<T> {
  yield* edges
  for (let i = 0; i < count; i++) yield make(rng)
}

const GENERATORS: { [K in OpName]: (rng: Random) => Iterable<OpCase> } = {
  *matmul(rng) {
    const edges = [
      [1, 1, 1, 1],
      [1, 1, 7, 300],
      [1, 70, 1, 5],
      [1, 5, 130, 3],
      [2, 4, 4, 4],
      [3, 17, 9, 33],
      [1, 64, 128, 256],
      [1, 65, 129, 257],
      [1, 8, 8, 520],
      [2, 16, 32, 64],
    ]
    const options = shapes(rng, edges, 20, (r) => [r.int(1, 3), r.int(1, 80), r.int(1, 80), r.int(1, 100)])
    let turn = 0
    for (const [batch, m, n, k] of options) {
      // Every combination of layouts comes up, whatever the seed.
      const [transposeB, sharedB, half] = [(turn & 1) === 0, (turn & 2) === 0, (turn & 4) !== 0]
      turn++
      const matrix = transposeB ? [n, k] : [k, n]
      yield opCase(
        'matmul',
        {
          a: tensor(rng, [batch, m, k]),
          b: tensor(rng, sharedB ? matrix : [batch, ...matrix], { half }),
          bias: rng.chance() ? tensor(rng, [n]) : undefined,
          residual: rng.chance() ? tensor(rng, [batch, m, n]) : undefined,
        },
        f32([batch, m, n]),
        { batch, m, n, k, transposeB, sharedB, alpha: rng.pick([1, 0.125, -2]), activation: rng.pick(ACTIVATIONS) },
      )
    }
  },

  *linearGeglu(rng) {
    const edges = [
      [1, 1, 1],
      [1, 64, 5],
      [33, 3, 16],
      [5, 34, 64],
      [65, 129, 32],
    ]
    let turn = 0
    for (const [rows, channels, k] of shapes(rng, edges, 8, (r) => [r.int(1, 30), r.int(1, 60), 4 * r.int(1, 20)])) {
      const half = (turn++ & 1) !== 0
      yield opCase(
        'linearGeglu',
        {
          x: tensor(rng, [rows, k]),
          weight: tensor(rng, [2 * channels, k], { half }),
          bias: rng.chance() ? tensor(rng, [2 * channels], { low: -4, high: 4 }) : undefined,
        },
        f32([rows, channels]),
      )
    }
  },

  *conv2d(rng) {
    interface Conv {
      x: [number, number, number, number]
      w: [number, number, number]
      stride: number
      /** top, left, bottom, right */
      pad: [number, number, number, number]
    }
    const edges: Conv[] = [
      { x: [1, 1, 1, 1], w: [1, 1, 1], stride: 1, pad: [0, 0, 0, 0] },
      { x: [1, 1, 1, 5], w: [3, 3, 3], stride: 1, pad: [1, 1, 1, 1] },
      { x: [1, 8, 8, 3], w: [8, 3, 3], stride: 1, pad: [1, 1, 1, 1] },
      { x: [2, 9, 7, 4], w: [6, 3, 3], stride: 2, pad: [1, 1, 1, 1] },
      { x: [1, 8, 6, 8], w: [4, 3, 3], stride: 2, pad: [0, 0, 1, 1] },
      { x: [1, 5, 6, 2], w: [3, 3, 3], stride: 1, pad: [0, 0, 0, 0] },
      { x: [1, 12, 3, 1], w: [5, 5, 1], stride: 3, pad: [2, 0, 1, 0] },
      { x: [3, 4, 4, 16], w: [8, 1, 1], stride: 1, pad: [0, 0, 0, 0] },
      { x: [1, 6, 6, 40], w: [12, 3, 3], stride: 1, pad: [1, 1, 1, 1] },
      { x: [1, 4, 5, 30], w: [130, 3, 3], stride: 1, pad: [1, 1, 1, 1] },
    ]
    const list = shapes(rng, edges, 14, (r): Conv => {
      const [kh, kw] = [r.int(1, 4), r.int(1, 4)]
      const pad = (kernel: number) => r.int(0, kernel - 1)
      return {
        x: [r.int(1, 2), r.int(kh, 11), r.int(kw, 11), r.int(1, 18)],
        w: [r.int(1, 18), kh, kw],
        stride: r.int(1, 3),
        pad: [pad(kh), pad(kw), pad(kh), pad(kw)],
      }
    })
    let turn = 0
    for (const { x, w, stride, pad } of list) {
      const [batch, height, width, channels] = x
      const [filters, kh, kw] = w
      const [top, left, bottom, right] = pad
      const size = (length: number, before: number, after: number, kernel: number) =>
        Math.floor((length + before + after - kernel) / stride) + 1
      const out = [batch, size(height, top, bottom, kh), size(width, left, right, kw), filters]
      yield opCase(
        'conv2d',
        {
          x: tensor(rng, x),
          weight: tensor(rng, [filters, kh, kw, channels], { half: turn++ % 2 === 1 }),
          bias: rng.chance() ? tensor(rng, [filters]) : undefined,
          perImage: rng.chance() ? tensor(rng, [batch, filters]) : undefined,
          residual: rng.chance() ? tensor(rng, out) : undefined,
        },
        f32(out),
        { stride, top, left, activation: rng.pick(ACTIVATIONS) },
      )
    }
  },

  *groupNorm(rng) {
    // [batch, pixels, groups, channels per group]
    const edges = [
      [1, 1, 1, 2],
      [1, 1, 4, 3],
      [2, 9, 8, 1],
      [1, 300, 2, 3],
      [2, 16, 1, 20],
      [1, 64, 32, 4],
    ]
    for (const [batch, pixels, groups, width] of shapes(rng, edges, 9, (r) => [r.int(1, 3), r.int(1, 120), r.int(1, 8), r.int(1, 9)])) {
      const channels = groups * width
      yield opCase(
        'groupNorm',
        { x: tensor(rng, [batch, pixels, channels], { low: 2, high: 4 }), gamma: tensor(rng, [channels]), beta: tensor(rng, [channels]) },
        f32([batch, pixels, channels]),
        { groups, eps: rng.pick([1e-5, 1e-6]), silu: rng.chance() },
      )
    }
  },

  *layerNorm(rng) {
    const edges = [
      [1, 1],
      [1, 2],
      [7, 5],
      [3, 320],
      [5, 257],
    ]
    for (const [rows, length] of shapes(rng, edges, 8, (r) => [r.int(1, 20), r.int(1, 400)]))
      yield opCase(
        'layerNorm',
        { x: tensor(rng, [rows, length], { low: -3, high: 5 }), gamma: tensor(rng, [length]), beta: tensor(rng, [length]) },
        f32([rows, length]),
        { eps: 1e-5 },
      )
  },

  *softmax(rng) {
    const edges = [
      [1, 1],
      [1, 77],
      [9, 3],
      [4, 1025],
    ]
    for (const [rows, length] of shapes(rng, edges, 8, (r) => [r.int(1, 20), r.int(1, 400)]))
      yield opCase('softmax', { x: tensor(rng, [rows, length], { low: -40, high: 40 }) }, f32([rows, length]))
  },

  *attention(rng) {
    for (const a of attentionShapes(rng)) {
      const { q, k } = attentionInputs(rng, a)
      const outputs: Record<string, Output> = { out: f32(q.shape) }
      if (rng.chance()) outputs['stats'] = f32([a.batch, a.heads, a.queries, 2])
      yield opCase('attention', { q, k, v: tensor(rng, k.shape) }, outputs, { heads: a.heads, scale: a.scale, causal: a.causal })
    }
  },

  *attentionMap(rng) {
    for (const a of attentionShapes(rng)) {
      const { q, k } = attentionInputs(rng, a)
      const headWeights = tensor(rng, [a.heads], { low: 0, high: 1 })
      if (a.heads > 1 && rng.chance()) headWeights.data[0] = 0
      const stats: Input = { shape: [a.batch, a.heads, a.queries, 2], dtype: 'f32', data: statistics(q.data, k.data, a) }
      const shape = [a.batch, a.queries, a.keys]
      const out: Output = { shape, dtype: 'f32', initial: rng.floats(sizeOf(shape), 0, 1) }
      yield opCase('attentionMap', { q, k, stats, headWeights }, out, { heads: a.heads, scale: a.scale, causal: a.causal })
    }
  },

  *unary(rng) {
    const functions: UnaryFunction[] = ['silu', 'gelu', 'geluTanh', 'quickGelu', 'exp', 'affine', 'log', 'less']
    for (const fn of functions)
      for (const size of [1, rng.int(2, 300), 1024]) {
        const [alpha, beta] = fn === 'log' ? [0.01, rng.pick([1, 4096])] : [rng.pick([0.5, -1.25]), rng.pick([0, 3])]
        yield opCase('unary', { x: tensor(rng, [size], { low: -6, high: 6 }) }, f32([size]), { fn, alpha, beta })
      }
  },

  *binary(rng) {
    // [size of a, size of b, inner]
    const edges = [
      [1, 1, 1],
      [37, 37, 1],
      [64, 64, 1],
      [60, 5, 1],
      [60, 12, 1],
      [60, 12, 5],
      // A last repetition that is cut short.
      [64, 9, 1],
      [40, 12, 1],
      [60, 4, 5],
      [256, 1, 1],
      [128, 1, 128],
    ]
    const list = [...shapes(rng, edges, 4, (r) => ((b, inner) => [b * inner * r.int(1, 5), b, inner])(r.int(1, 12), r.int(1, 9)))]
    for (const fn of ['add', 'mul', 'div'] as const)
      for (const [sizeA, sizeB, inner] of list)
        yield opCase(
          'binary',
          { a: tensor(rng, [sizeA]), b: tensor(rng, [sizeB], fn === 'div' ? { low: 0.5, high: 2 } : {}) },
          f32([sizeA]),
          { fn, alpha: rng.pick([1, -0.5]), beta: rng.pick([1, 2]), inner },
        )
  },

  *upsampleNearest(rng) {
    const edges = [
      [1, 1, 1, 1, 2, 2],
      [2, 4, 4, 3, 8, 8],
      [1, 3, 5, 4, 7, 9],
      [1, 8, 8, 2, 4, 3],
    ]
    const list = shapes(rng, edges, 8, (r) => [r.int(1, 2), r.int(1, 9), r.int(1, 9), r.int(1, 9), r.int(1, 20), r.int(1, 20)])
    for (const [batch, height, width, channels, outHeight, outWidth] of list)
      yield opCase('upsampleNearest', { x: tensor(rng, [batch, height, width, channels]) }, f32([batch, outHeight, outWidth, channels]))
  },

  *concat(rng) {
    const edges = [
      [1, 1, 1],
      [5, 4, 8],
      [3, 1, 6],
    ]
    for (const [rows, ca, cb] of shapes(rng, edges, 8, (r) => [r.int(1, 30), r.int(1, 20), r.int(1, 20)]))
      yield opCase('concat', { a: tensor(rng, [rows, ca]), b: tensor(rng, [rows, cb]) }, f32([rows, ca + cb]))
  },

  *permute(rng) {
    const edges: [Shape, number[]][] = [
      [[5], [0]],
      [
        [3, 4],
        [1, 0],
      ],
      [
        [2, 3, 4],
        [0, 2, 1],
      ],
      [
        [3, 5, 8],
        [1, 0, 2],
      ],
      [
        [4, 3, 3, 2],
        [0, 2, 3, 1],
      ],
      [
        [1, 1, 7, 1],
        [3, 2, 1, 0],
      ],
    ]
    const list = shapes(rng, edges, 10, (r): [Shape, number[]] => {
      const axes = Array.from({ length: r.int(2, 4) }, (_, i) => ({ i, key: r.next() }))
      return [axes.map(() => r.int(1, 7)), axes.sort((a, b) => a.key - b.key).map(({ i }) => i)]
    })
    for (const [shape, axes] of list) yield opCase('permute', { x: tensor(rng, shape) }, f32(axes.map((a) => shape[a])), { axes })
  },

  *slice(rng) {
    const edges = [
      [1, 1, 1, 0, 1],
      [1, 9, 1, 8, 1],
      [4, 5, 3, 0, 5],
      [3, 7, 4, 2, 3],
    ]
    const list = shapes(rng, edges, 8, (r) => {
      const length = r.int(1, 12)
      const start = r.int(0, length - 1)
      return [r.int(1, 6), length, r.int(1, 9), start, r.int(1, length - start)]
    })
    for (const [outer, length, inner, start, count] of list)
      yield opCase('slice', { x: tensor(rng, [outer, length, inner]) }, f32([outer, count, inner]), { outer, length, inner, start, count })
  },

  *reduce(rng) {
    const functions: Reduction[] = ['sum', 'mean', 'max', 'min', 'argmax', 'argmin']
    const edges = [
      [1, 1, 1],
      [3, 1, 2],
      [1, 1000, 1],
      [1, 9, 70],
    ]
    const list = [...shapes(rng, edges, 3, (r) => [r.int(1, 6), r.int(1, 80), r.int(1, 6)])]
    for (const fn of functions)
      for (const [outer, length, inner] of list) {
        const x = tensor(rng, [outer, length, inner])
        // Few different values, so that there are ties.
        if (fn.startsWith('arg')) x.data = Float32Array.from(x.data, (v) => Math.round(v * 4))
        const dtype = fn.startsWith('arg') ? 'i32' : 'f32'
        yield opCase('reduce', { x }, { shape: [outer, inner], dtype }, { fn, outer, length, inner })
      }
  },

  *rowDot(rng) {
    const edges = [
      [1, 1],
      [1, 1000],
      [40, 3],
    ]
    for (const [rows, length] of shapes(rng, edges, 8, (r) => [r.int(1, 20), r.int(1, 200)]))
      yield opCase('rowDot', { a: tensor(rng, [rows, length]), b: tensor(rng, [rows, length]) }, f32([rows]))
  },

  *divergence(rng) {
    // [m, n, h, w]
    const edges = [
      [1, 1, 1, 1],
      [1, 9, 1, 5],
      [5, 1, 2, 3],
      [4, 8, 16, 16],
      [7, 13, 17, 18],
      [270, 140, 4, 5],
    ]
    for (const [m, n, h, w] of shapes(rng, edges, 6, (r) => [r.int(1, 40), r.int(1, 60), r.int(1, 20), r.int(1, 20)]))
      yield opCase('divergence', { x: distributions(rng, m, h * w), y: distributions(rng, n, h * w) }, f32([m, n]), {
        h,
        w,
        floor: rng.pick([1e-12, 1e-3]),
        threshold: Infinity,
      })
  },

  *sumSelectedRows(rng) {
    // [m, k, n]
    const edges = [
      [1, 1, 1],
      [31, 9, 3],
      [32, 1, 1],
      [40, 5, 16],
      [33, 321, 17],
      [64, 700, 30],
    ]
    for (const [m, k, n] of shapes(rng, edges, 6, (r) => [r.int(1, 80), r.int(1, 400), r.int(1, 50)])) {
      const chosen = tensor(rng, [m, k], { low: 0, high: 1 })
      const share = rng.pick([0, 0.1, 0.5, 1])
      for (let i = 0; i < m * k; i++) chosen.data[i] = chosen.data[i] < share ? 1 : 0
      yield opCase(
        'sumSelectedRows',
        { chosen, x: tensor(rng, [k, n]), residual: rng.chance() ? tensor(rng, [m, n]) : undefined },
        f32([m, n]),
      )
    }
  },

  *gatherRows(rng) {
    const edges = [
      [1, 1, 1],
      [9, 4, 12],
      [5, 3, 1],
    ]
    let turn = 0
    for (const [rows, channels, count] of shapes(rng, edges, 9, (r) => [r.int(1, 40), r.int(1, 20), r.int(1, 20)])) {
      const data = Int32Array.from({ length: count }, () => rng.int(0, rows - 1))
      yield opCase(
        'gatherRows',
        { table: tensor(rng, [rows, channels], { half: turn++ % 2 === 1 }), indices: { shape: [count], dtype: 'i32', data } },
        f32([count, channels]),
      )
    }
  },

  *fill(rng) {
    for (const size of [1, 2, 3, 4, 5, 63, 64, 65, 1000, rng.int(1, 3000)])
      yield opCase('fill', {}, f32([size]), { value: rng.pick([0, -1.5, 1e-20]) })
  },

  *cast(rng) {
    for (const size of [1, 2, 3, 4, 5, 64, 1001, rng.int(1, 500)])
      for (const [from, to] of [
        ['f32', 'f16'],
        ['f16', 'f32'],
        ['f32', 'f32'],
      ] as const) {
        const x = tensor(rng, [size], { low: -8, high: 8, half: from === 'f16' })
        yield opCase('cast', { x }, { shape: [size], dtype: to })
      }
  },

  *aggregateMap(rng) {
    const edges = [
      [1, 1, 1, 1],
      [1, 1, 3, 4],
      [4, 4, 4, 4],
      [4, 4, 8, 8],
      [2, 3, 8, 6],
      [3, 5, 7, 11],
    ]
    const list = shapes(rng, edges, 6, (r) => {
      const [h, w] = [r.int(1, 6), r.int(1, 6)]
      return [h, w, h + r.int(0, 6), w + r.int(0, 6)]
    })
    for (const [h, w, height, width] of list) {
      // Whole maps, and bands of rows of either map.
      const banded = rng.chance()
      const [firstRow, mapFirstRow] = banded ? [rng.int(0, height - 1), rng.int(0, h - 1)] : [0, 0]
      const rows = banded ? rng.int(1, height - firstRow) : height
      const mapRows = banded ? rng.int(1, h - mapFirstRow) : h
      const shape = [rows * width, height * width]
      const out: Output = { shape, dtype: 'f32', initial: rng.floats(sizeOf(shape), 0, 0.1) }
      yield opCase('aggregateMap', { map: tensor(rng, [mapRows * w, h * w], { low: 0.01, high: 1 }) }, out, {
        h,
        w,
        height,
        width,
        firstRow,
        mapFirstRow,
        weight: rng.pick([1, 0.375]),
      })
    }
  },

  *argmaxMaps(rng) {
    // [maps, h, w, height, width, first row, rows]
    const edges = [
      [1, 1, 1, 1, 1, 0, 1],
      [3, 1, 1, 5, 4, 0, 5],
      [4, 4, 4, 16, 16, 0, 16],
      [5, 3, 5, 20, 13, 7, 6],
      [3, 8, 8, 5, 3, 4, 1],
    ]
    const list = shapes(rng, edges, 8, (r) => {
      const height = r.int(1, 20)
      const first = r.int(0, height - 1)
      return [r.int(1, 7), r.int(1, 6), r.int(1, 6), height, r.int(1, 20), first, r.int(1, height - first)]
    })
    for (const [count, h, w, height, width, firstRow, rows] of list) {
      const maps = tensor(rng, [count, h * w], { low: 0, high: 1 })
      // Two equal maps: the first must win.
      if (count > 2) maps.data.set(maps.data.slice(h * w, 2 * h * w), 2 * h * w)
      yield opCase('argmaxMaps', { maps }, { shape: [rows, width], dtype: 'i32' }, { h, w, height, width, firstRow })
    }
  },
}

export interface Attention {
  batch: number
  heads: number
  queries: number
  keys: number
  headSize: number
  scale: number
  causal: boolean
}

export function* attentionShapes(rng: Random): Iterable<Attention> {
  const edges = [
    [1, 1, 1, 1, 1],
    [1, 1, 5, 1, 3],
    [2, 3, 7, 11, 5],
    [1, 2, 64, 64, 8],
    [1, 1, 66, 130, 40],
    [1, 8, 9, 77, 16],
    [1, 1, 20, 33, 160],
    [2, 2, 4, 4, 64],
    [1, 1, 3, 5, 300],
  ]
  let turn = 0
  for (const [batch, heads, queries, keys, headSize] of shapes(rng, edges, 9, (r) => [
    r.int(1, 2),
    r.int(1, 4),
    r.int(1, 70),
    r.int(1, 70),
    r.int(1, 24),
  ])) {
    const causal = turn++ % 3 === 2
    yield { batch, heads, queries, keys: causal ? queries : keys, headSize, scale: rng.pick([headSize ** -0.5, 2]), causal }
  }
}

export function attentionInputs(rng: Random, { batch, heads, queries, keys, headSize }: Attention): { q: Input; k: Input } {
  const channels = heads * headSize
  return { q: tensor(rng, [batch, queries, channels]), k: tensor(rng, [batch, keys, channels]) }
}

/** Each row's maximum and sum of exponentials: [batch, heads, queries, 2]. */
export function statistics(q: ArrayLike<number>, k: ArrayLike<number>, a: Attention): Float32Array {
  const { batch, heads, queries, keys, headSize, scale, causal } = a
  const channels = heads * headSize
  const out: number[] = []
  for (let image = 0; image < batch; image++)
    for (let head = 0; head < heads; head++)
      for (let query = 0; query < queries; query++) {
        const scores = Array.from({ length: causal ? query + 1 : keys }, (_, key) => {
          let sum = 0
          for (let c = head * headSize; c < (head + 1) * headSize; c++)
            sum += q[(image * queries + query) * channels + c] * k[(image * keys + key) * channels + c]
          return sum * scale
        })
        const max = Math.max(...scores)
        out.push(
          max,
          scores.reduce((sum, s) => sum + Math.exp(s - max), 0),
        )
      }
  return Float32Array.from(out)
}

/** The scalar arguments of a case, typed. */
export function argsOf<K extends OpName>(c: OpCase): OpTable[K] {
  return c.args as unknown as OpTable[K]
}
