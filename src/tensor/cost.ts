/**
 * @file What an op costs: floating-point operations (a multiply-add counts as two) and bytes (every operand once). An estimate for profiles and
 * benchmarks, independent of how a backend computes it.
 */
import type { OpName, OpTable } from './backend.ts'
import { show } from './shape.ts'
import { Tensor } from './tensor.ts'

export interface Cost {
  flops: number
  bytes: number
}

/** Operations per element of the result, where that says it all. */
const PER_ELEMENT: Partial<Record<OpName, number>> = {
  groupNorm: 8,
  layerNorm: 8,
  softmax: 5,
  unary: 4,
  binary: 2,
  aggregateMap: 8,
}

export function cost<K extends OpName>(op: K, args: OpTable[K]): Cost {
  const tensors = Object.values(args).filter((v): v is Tensor => v instanceof Tensor)
  return { flops: flops(op, args), bytes: tensors.reduce((sum, t) => sum + t.bytes, 0) }
}

/** A cost shared among the kernels that took these times; equally where none took any. */
export function share({ flops, bytes }: Cost, milliseconds: readonly number[]): Cost[] {
  const total = milliseconds.reduce((sum, ms) => sum + ms, 0)
  return milliseconds.map((ms) => {
    const part = total === 0 ? 1 / milliseconds.length : ms / total
    return { flops: flops * part, bytes: bytes * part }
  })
}

function flops<K extends OpName>(op: K, args: OpTable[K]): number {
  const a = args as never
  switch (op) {
    case 'matmul': {
      const { batch, m, n, k } = a as OpTable['matmul']
      return 2 * batch * m * n * k
    }
    case 'linearGeglu': {
      const { x, out } = a as OpTable['linearGeglu']
      return (4 * x.shape[1]! + 12) * out.size
    }
    case 'conv2d': {
      const { weight, out } = a as OpTable['conv2d']
      return (2 * out.size * weight.size) / weight.shape[0]!
    }
    case 'attention': {
      const { q, k } = a as OpTable['attention']
      return 4 * q.size * k.shape[1]!
    }
    case 'attentionMap': {
      const { q, k } = a as OpTable['attentionMap']
      return 2 * q.size * k.shape[1]!
    }
    case 'divergence': {
      const { x, y } = a as OpTable['divergence']
      return 4 * x.size * y.shape[0]! + 6 * (x.size + y.size)
    }
    case 'sumSelectedRows': {
      const { chosen, x } = a as OpTable['sumSelectedRows']
      return 2 * chosen.size * x.shape[1]!
    }
    case 'rowDot':
      return 2 * (a as OpTable['rowDot']).a.size
    case 'reduce':
      return (a as OpTable['reduce']).x.size
    case 'argmaxMaps': {
      const { maps, out } = a as OpTable['argmaxMaps']
      return 8 * out.size * maps.shape[0]!
    }
    default:
      return (PER_ELEMENT[op] ?? 0) * (args as { out: Tensor }).out.size
  }
}

/** The operands' shapes as text, for errors and profiles: `a [4096, 320] · b [320, 320] → out [4096, 320]`. */
export function shapeOf<K extends OpName>(_op: K, args: OpTable[K]): string {
  const shapes = Object.entries(args).flatMap(([name, v]) => (v instanceof Tensor && name !== 'out' ? [`${name} ${show(v.shape)}`] : []))
  return `${shapes.join(' · ')} → ${show((args as { out: Tensor }).out.shape)}`.trimStart()
}
