/**
 * @file Ops at the shapes of a Stable Diffusion 1 pass over a square latent of `side` cells (64 for 512×512 pixels), each with inputs on a backend. A
 * level of the UNet has a quarter of the tokens of the one above and 320, 640, 1280 channels; the VAE works at the picture's size.
 */
import { gaussian } from '../src/scheduler/gaussian.ts'
import { floatToHalf } from '../src/tensor/half.ts'
import {
  add,
  addAttentionMap,
  aggregateMap,
  argmaxMaps,
  attention,
  type Backend,
  concat,
  conv2d,
  divergence,
  gatherRows,
  groupNorm,
  layerNorm,
  linear,
  linearGeglu,
  log,
  type Padding,
  reduce,
  rowDot,
  type Shape,
  silu,
  softmax,
  sumSelectedRows,
  Tensor,
  upsampleNearest,
} from '../src/tensor/index.ts'
import { sizeOf } from '../src/tensor/shape.ts'

export interface KernelCase {
  op: string
  shape: string
  /** Makes the inputs; the result records the op once. Everything made is freed with the backend. */
  prepare(backend: Backend): () => void
}

/** Pixels of VAE levels, tokens of UNet levels, and so on follow from these two. */
export interface Scale {
  /** Cells of the latent's side. */
  side: number
  /** Pixels of the side at which the VAE's first level is measured. */
  picture: number
}

const normals = gaussian(1, 1 << 16)

/** A tensor of normal numbers (a repeated table: what the numbers are does not matter to time); in a dry run, of none. */
function normal(backend: Backend, shape: Shape, dtype: 'f32' | 'f16' = 'f32'): Tensor {
  if (backend.dryRun) return Tensor.empty(backend, shape, dtype)
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => normals[i & (normals.length - 1)])
  return Tensor.from(backend, dtype === 'f16' ? floatToHalf(data) : data, shape)
}

/** Records an op and gives its result back at once. */
const once = (op: () => Tensor) => () => op().dispose()

function matrix(m: number, k: number, n: number, weights: 'f32' | 'f16', use: string): KernelCase {
  return {
    op: 'linear',
    shape: `${m}×${k} · ${k}×${n}, ${weights} weights (${use})`,
    prepare: (b) => {
      const [x, w, bias] = [normal(b, [m, k]), normal(b, [n, k], weights), normal(b, [n])]
      return once(() => linear(x, w, { bias }))
    },
  }
}

function gated(m: number, k: number, n: number): KernelCase {
  return {
    op: 'linearGeglu',
    shape: `${m}×${k} · ${k}×2·${n}, f16 weights (feed-forward in)`,
    prepare: (b) => {
      const [x, w, bias] = [normal(b, [m, k]), normal(b, [2 * n, k], 'f16'), normal(b, [2 * n])]
      return once(() => linearGeglu(x, w, bias))
    },
  }
}

function convolution(side: number, inputs: number, outputs: number, weights: 'f32' | 'f16', use: string, stride = 1): KernelCase {
  const padding: number | Padding = stride === 1 ? 1 : { top: 0, left: 0, bottom: 1, right: 1 }
  return {
    op: 'conv2d',
    shape: `3×3${stride === 1 ? '' : `/${stride}`}, ${side}×${side}, ${inputs} → ${outputs}, ${weights} weights (${use})`,
    prepare: (b) => {
      const [x, w, bias] = [normal(b, [1, side, side, inputs]), normal(b, [outputs, 3, 3, inputs], weights), normal(b, [outputs])]
      return once(() => conv2d(x, w, { bias, stride, padding }))
    },
  }
}

function norm(pixels: number, channels: number, use: string): KernelCase {
  return {
    op: 'groupNorm + SiLU',
    shape: `${pixels} pixels × ${channels}, 32 groups (${use})`,
    prepare: (b) => {
      const [x, gamma, beta] = [normal(b, [1, pixels, channels]), normal(b, [channels]), normal(b, [channels])]
      return once(() => groupNorm(x, gamma, beta, { groups: 32, eps: 1e-5, silu: true }))
    },
  }
}

function attend(queries: number, keys: number, size: number, heads: number, use: string): KernelCase {
  return {
    op: 'attention',
    shape: `${queries}×${keys}, ${heads} heads of ${size} (${use})`,
    prepare: (b) => {
      const [q, k, v] = [queries, keys, keys].map((n) => normal(b, [1, n, heads * size]))
      return once(() => attention(q, k, v, { heads }).out)
    },
  }
}

function attentionMap(tokens: number, size: number, heads: number): KernelCase {
  return {
    op: 'attentionMap',
    shape: `${tokens}×${tokens}, ${heads} heads of ${size}`,
    prepare: (b) => {
      const [q, k] = [0, 1].map(() => normal(b, [1, tokens, heads * size]))
      const map = normal(b, [1, tokens, tokens])
      const { out, scores } = attention(q, k, k, { heads, keepScores: true })
      out.dispose()
      return () => addAttentionMap(map, scores!, Array(heads).fill(1 / heads))
    },
  }
}

/** An op of one or two tensors. */
function simple(op: string, shape: string, inputs: Shape[], run: (...tensors: Tensor[]) => Tensor): KernelCase {
  return {
    op,
    shape,
    prepare: (b) => {
      const tensors = inputs.map((s) => normal(b, s))
      return once(() => run(...tensors))
    },
  }
}

export function kernelCases({ side, picture }: Scale): KernelCase[] {
  const tokens = side * side
  const grid = { h: side, w: side }
  const coarse = { h: side / 2, w: side / 2 }
  return [
    matrix(tokens, 320, 320, 'f32', 'q, k, v'),
    matrix(tokens, 320, 320, 'f16', 'q, k, v'),
    matrix(tokens / 4, 640, 640, 'f32', 'q, k, v'),
    matrix(tokens / 4, 640, 640, 'f16', 'q, k, v'),
    matrix(tokens / 16, 1280, 1280, 'f16', 'q, k, v'),
    gated(tokens, 320, 1280),
    gated(tokens / 16, 1280, 5120),
    matrix(tokens, 1280, 320, 'f16', 'feed-forward out'),
    matrix(77, 768, 320, 'f16', 'keys of words'),
    matrix(1, 1280, 320, 'f16', 'time step'),
    simple(
      'divergence',
      `256 maps to ${tokens} of ${tokens} cells`,
      [
        [256, tokens],
        [tokens, tokens],
      ],
      (a, b) => divergence(a, b, grid),
    ),
    simple(
      'sumSelectedRows',
      `256 sums of ${tokens} rows × ${tokens}`,
      [
        [256, tokens],
        [tokens, tokens],
      ],
      (a, b) => sumSelectedRows(a, b),
    ),
    convolution(side, 320, 320, 'f32', 'UNet level 0'),
    convolution(side, 320, 320, 'f16', 'UNet level 0'),
    convolution(side / 2, 640, 640, 'f16', 'UNet level 1'),
    convolution(side / 4, 1280, 1280, 'f16', 'UNet level 2'),
    convolution(picture, 3, 128, 'f16', 'VAE in'),
    convolution(picture, 128, 128, 'f16', 'VAE level 0'),
    convolution(picture, 128, 128, 'f16', 'VAE downsampling', 2),
    norm(tokens, 320, 'UNet level 0'),
    norm(picture * picture, 128, 'VAE level 0'),
    simple('layerNorm', `${tokens} tokens × 320`, [[tokens, 320], [320], [320]], (x, g, b) => layerNorm(x, g, b, 1e-5)),
    simple('softmax', `${tokens} rows × ${tokens}`, [[tokens, tokens]], (x) => softmax(x)),
    attend(tokens, tokens, 40, 8, 'UNet level 0'),
    attend(tokens / 4, tokens / 4, 80, 8, 'UNet level 1'),
    attend(tokens, 77, 40, 8, 'words'),
    attend(tokens, tokens, 512, 1, 'VAE middle'),
    attentionMap(tokens, 40, 8),
    attentionMap(tokens / 4, 80, 8),
    simple('silu', `${tokens} tokens × 1280`, [[tokens, 1280]], (x) => silu(x)),
    simple(
      'add',
      `${tokens} tokens × 1280`,
      [
        [tokens, 1280],
        [tokens, 1280],
      ],
      (x, y) => add(x, y),
    ),
    simple('upsampleNearest', `${side / 2}×${side / 2} → ${side}×${side}, 640 channels`, [[1, side / 2, side / 2, 640]], (x) =>
      upsampleNearest(x, side, side),
    ),
    simple(
      'concat',
      `${tokens} pixels, 640 + 320 channels`,
      [
        [tokens, 640],
        [tokens, 320],
      ],
      (x, y) => concat(x, y),
    ),
    simple('log', `${tokens}×${tokens}`, [[tokens, tokens]], (x) => log(x, 1e-12, tokens)),
    simple(
      'rowDot',
      `${tokens} rows × ${tokens}`,
      [
        [tokens, tokens],
        [tokens, tokens],
      ],
      (x, y) => rowDot(x, y),
    ),
    simple('reduce, sum', `256 rows × ${tokens}`, [[256, tokens]], (x) => reduce(x, 'sum')),
    simple('gatherRows', `256 of ${tokens} rows × ${tokens}`, [[tokens, tokens]], (x) =>
      gatherRows(
        x,
        Int32Array.from({ length: 256 }, (_, i) => i % tokens),
      ),
    ),
    {
      op: 'aggregateMap',
      shape: `${side / 2}² cells → ${side}² cells`,
      prepare: (b) => {
        const map = normal(b, [coarse.h * coarse.w, coarse.h * coarse.w])
        const out = normal(b, [tokens, tokens])
        return () => aggregateMap({ grid, map: out, firstRow: 0 }, { grid: coarse, map, firstRow: 0 }, 0.3)
      },
    },
    simple('argmaxMaps', `8 maps of ${side}² → 640×480 pixels`, [[8, tokens]], (maps) =>
      argmaxMaps(maps, grid, { width: 640, height: 480 }),
    ),
  ]
}

/** Frees what a case has left on a backend. */
export function clear(backend: Backend): void {
  for (const storage of [...backend.storages]) {
    storage.shares = 0
    backend.release(storage)
  }
}
