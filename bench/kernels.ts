/**
 * @file Every op at the shapes that Stable Diffusion has: milliseconds (median and spread), GFLOP/s and GB/s by `tensor/cost.ts`, on both backends.
 *
 * The default sizes are those of SD 1.5 at a quarter of the tokens (256×256 pixels); `--full` takes 512×512's.
 */
import type { Backend, OpName, OpTable } from '../src/tensor/backend.ts'
import { cost } from '../src/tensor/cost.ts'
import { floatToHalf } from '../src/tensor/half.ts'
import { type Shape, Tensor } from '../src/tensor/index.ts'
import { random } from '../test/support/random.ts'
import { machine, repeat, showSpread, spread, table } from './measure.ts'

interface Case<K extends OpName = OpName> {
  op: K
  what: string
  args: (make: Maker) => OpTable[K]
}

/** Makes the operands of a case. */
class Maker {
  readonly #backend: Backend
  readonly #rng = random(1)
  readonly tensors: Tensor[] = []
  constructor(backend: Backend) {
    this.#backend = backend
  }
  f32 = (...shape: Shape): Tensor => this.#keep(Tensor.from(this.#backend, this.#rng.floats(size(shape)), shape))
  f16 = (...shape: Shape): Tensor => this.#keep(Tensor.from(this.#backend, floatToHalf(this.#rng.floats(size(shape))), shape))
  positive = (...shape: Shape): Tensor => this.#keep(Tensor.from(this.#backend, this.#rng.floats(size(shape), 0.1, 1), shape))
  empty = (dtype: 'f32' | 'i32', ...shape: Shape): Tensor => this.#keep(Tensor.empty(this.#backend, shape, dtype))
  #keep(tensor: Tensor): Tensor {
    this.tensors.push(tensor)
    return tensor
  }
}

const size = (shape: Shape) => shape.reduce((n, d) => n * d, 1)

function define<K extends OpName>(op: K, what: string, args: (make: Maker) => OpTable[K]): Case {
  return { op, what, args } as unknown as Case
}

function cases(side: number): Case[] {
  const tokens = side * side
  const linear = (m: number, n: number, k: number, half: boolean) =>
    define('matmul', `linear ${m}×${k} · ${k}×${n}${half ? ', f16 weight' : ''}`, (t) => ({
      a: t.f32(m, k),
      b: half ? t.f16(n, k) : t.f32(n, k),
      bias: t.f32(n),
      out: t.empty('f32', m, n),
      ...{ batch: 1, m, n, k, transposeB: true, sharedB: true, alpha: 1, activation: 'none' as const },
    }))
  const conv = (s: number, c: number, o: number, half: boolean) =>
    define('conv2d', `3×3 ${s}×${s}, ${c} → ${o}${half ? ', f16 weight' : ''}`, (t) => ({
      x: t.f32(1, s, s, c),
      weight: half ? t.f16(o, 3, 3, c) : t.f32(o, 3, 3, c),
      bias: t.f32(o),
      out: t.empty('f32', 1, s, s, o),
      ...{ stride: 1, top: 1, left: 1, activation: 'none' as const },
    }))
  const attention = (n: number, heads: number, d: number) =>
    define('attention', `${n} tokens, ${heads} heads of ${d}`, (t) => ({
      q: t.f32(1, n, heads * d),
      k: t.f32(1, n, heads * d),
      v: t.f32(1, n, heads * d),
      out: t.empty('f32', 1, n, heads * d),
      stats: t.empty('f32', 1, heads, n, 2),
      ...{ heads, scale: d ** -0.5, causal: false },
    }))
  return [
    linear(tokens, 320, 320, false),
    linear(tokens, 320, 320, true),
    linear(tokens / 4, 640, 640, true),
    linear(tokens / 16, 1280, 1280, true),
    linear(1, 1280, 1280, true),
    conv(side, 320, 320, false),
    conv(side, 320, 320, true),
    conv(side / 2, 640, 640, true),
    conv(side / 4, 1280, 1280, true),
    conv(8 * side, 32, 32, true),
    attention(tokens, 8, 40),
    attention(tokens / 4, 8, 80),
    define('attentionMap', `${tokens} tokens, 8 heads of 40`, (t) => ({
      q: t.f32(1, tokens, 320),
      k: t.f32(1, tokens, 320),
      stats: t.positive(1, 8, tokens, 2),
      headWeights: t.f32(8),
      out: t.f32(1, tokens, tokens),
      ...{ heads: 8, scale: 40 ** -0.5, causal: false },
    })),
    define('groupNorm', `${tokens} × 320, 32 groups, SiLU`, (t) => ({
      x: t.f32(1, tokens, 320),
      gamma: t.f32(320),
      beta: t.f32(320),
      out: t.empty('f32', 1, tokens, 320),
      ...{ groups: 32, eps: 1e-5, silu: true },
    })),
    define('layerNorm', `${tokens} × 320`, (t) => ({
      x: t.f32(tokens, 320),
      gamma: t.f32(320),
      beta: t.f32(320),
      out: t.empty('f32', tokens, 320),
      eps: 1e-5,
    })),
    define('softmax', `${tokens} × 1024`, (t) => ({ x: t.f32(tokens, 1024), out: t.empty('f32', tokens, 1024) })),
    define('geglu', `${tokens} × 2560`, (t) => ({ x: t.f32(tokens, 2560), out: t.empty('f32', tokens, 1280) })),
    define('unary', `SiLU of ${tokens} × 320`, (t) => ({
      x: t.f32(tokens, 320),
      out: t.empty('f32', tokens, 320),
      fn: 'silu',
      alpha: 1,
      beta: 0,
    })),
    define('binary', `sum of two ${tokens} × 320`, (t) => ({
      a: t.f32(tokens, 320),
      b: t.f32(tokens, 320),
      out: t.empty('f32', tokens, 320),
      ...{ fn: 'add' as const, alpha: 1, beta: 1, inner: 1 },
    })),
    define('upsampleNearest', `${side / 2}² → ${side}², 640`, (t) => ({
      x: t.f32(1, side / 2, side / 2, 640),
      out: t.empty('f32', 1, side, side, 640),
    })),
    define('concat', `${tokens} × (320 + 320)`, (t) => ({
      a: t.f32(tokens, 320),
      b: t.f32(tokens, 320),
      out: t.empty('f32', tokens, 640),
    })),
    define('aggregateMap', `${side / 2}² → ${side}²`, (t) => ({
      map: t.positive(tokens / 4, tokens / 4),
      out: t.f32(tokens, tokens),
      ...{ h: side / 2, w: side / 2, height: side, width: side, firstRow: 0, mapFirstRow: 0, weight: 0.25 },
    })),
    define('argmaxMaps', `8 maps of ${side}² → ${8 * side}²`, (t) => ({
      maps: t.positive(8, tokens),
      out: t.empty('i32', 8 * side, 8 * side),
      ...{ h: side, w: side, height: 8 * side, width: 8 * side, firstRow: 0 },
    })),
  ]
}

/** Prints a table for each backend. */
export async function benchKernels(backends: readonly Backend[], { runs, full }: { runs: number; full: boolean }): Promise<void> {
  for (const backend of backends) {
    console.log(`\n### Kernels on ${backend.description}\n\n${machine()}; median of ${runs} runs`)
    const rows: string[][] = []
    for (const { op, what, args } of cases(full ? 64 : 32)) {
      const maker = new Maker(backend)
      const made = args(maker)
      await backend.flush()
      const time = spread(
        await repeat(runs, () => {
          backend.run(op, made)
          return backend.flush()
        }),
      )
      const { flops, bytes } = cost(op, made)
      rows.push([op, what, showSpread(time, 2), (flops / time.median / 1e6).toFixed(2), (bytes / time.median / 1e6).toFixed(2)])
      for (const tensor of maker.tensors) tensor.dispose()
    }
    table(['op', 'shape', 'ms', 'GFLOP/s', 'GB/s'], rows)
  }
}
