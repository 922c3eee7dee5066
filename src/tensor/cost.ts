/**
 * @file The cost of an op: floating-point operations (a multiply-add counts as two) and bytes
 * (every operand once). An estimate for profiles and benchmarks, independent of how a backend
 * computes it.
 */
import type { OpName, OpTable } from './backend.ts'
import { show } from './shape.ts'
import { Tensor } from './tensor.ts'

export interface Cost {
  flops: number
  bytes: number
}

/** Operations of every op. Moving numbers costs none. */
const FLOPS: { [K in OpName]: (args: OpTable[K]) => number } = {
  matmul: ({ batch, m, n, k }) => 2 * batch * m * n * k,
  linearGeglu: ({ x, out }) => (4 * x.shape[1]! + 12) * out.size,
  conv2d: ({ weight, out }) => (2 * out.size * weight.size) / weight.shape[0]!,
  groupNorm: ({ out }) => 8 * out.size,
  layerNorm: ({ out }) => 8 * out.size,
  softmax: ({ out }) => 5 * out.size,
  attention: ({ q, k }) => 4 * q.size * k.shape[1]!,
  attentionMap: ({ q, k }) => 2 * q.size * k.shape[1]!,
  unary: ({ out }) => 4 * out.size,
  binary: ({ out }) => 2 * out.size,
  upsampleNearest: () => 0,
  concat: () => 0,
  permute: () => 0,
  slice: () => 0,
  reduce: ({ x }) => x.size,
  rowDot: ({ a }) => 2 * a.size,
  divergence: ({ x, y }) => 4 * x.size * y.shape[0]! + 6 * (x.size + y.size),
  sumSelectedRows: ({ chosen, x }) => 2 * chosen.size * x.shape[1]!,
  gatherRows: () => 0,
  fill: () => 0,
  cast: () => 0,
  aggregateMap: ({ out }) => 8 * out.size,
  argmaxMaps: ({ maps, out }) => 8 * out.size * maps.shape[0]!,
}

/** The cost of one op. */
export function cost<K extends OpName>(op: K, args: OpTable[K]): Cost {
  const tensors = Object.values(args).filter((v): v is Tensor => v instanceof Tensor)
  return { flops: FLOPS[op](args), bytes: tensors.reduce((sum, t) => sum + t.bytes, 0) }
}

/** A cost shared among the kernels that took these times; equally where none took any. */
export function share({ flops, bytes }: Cost, milliseconds: readonly number[]): Cost[] {
  const total = milliseconds.reduce((sum, ms) => sum + ms, 0)
  return milliseconds.map((ms) => {
    const part = total === 0 ? 1 / milliseconds.length : ms / total
    return { flops: flops * part, bytes: bytes * part }
  })
}

/**
 * The operands' shapes as text, for errors and profiles: `a [4096, 320] · b [320, 320] → out [4096,
 * 320]`.
 */
export function shapeOf<K extends OpName>(_op: K, args: OpTable[K]): string {
  const shapes = Object.entries(args).flatMap(([name, v]) => (v instanceof Tensor && name !== 'out' ? [`${name} ${show(v.shape)}`] : []))
  return `${shapes.join(' · ')} → ${show((args as { out: Tensor }).out.shape)}`.trimStart()
}
