/** @file Element-wise functions, and sums of two tensors. */
import { check } from '../../errors.ts'
import type { OpTable, UnaryFunction } from '../backend.ts'
import { sameShape, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'

function unary(x: Tensor, fn: UnaryFunction, alpha = 1, beta = 0): Tensor {
  const out = Tensor.empty(x.backend, x.shape, 'f32', fn)
  x.backend.run('unary', { x, out, fn, alpha, beta })
  return out
}

function binary(a: Tensor, b: Tensor, fn: OpTable['binary']['fn'], alpha = 1, beta = 1): Tensor {
  const inner = repeatOf(a, b)
  const out = Tensor.empty(a.backend, a.shape, 'f32', fn)
  a.backend.run('binary', { a, b, out, fn, alpha, beta, inner })
  return out
}

/**
 * How b is repeated over a: same shape, trailing axes ([C] over [R, C]), or rows ([R, 1] over [R,
 * C]). Returns `inner`, the run length of one element of b.
 */
function repeatOf(a: Tensor, b: Tensor): number {
  const lead = a.shape.length - b.shape.length
  if (sameShape(a.shape.slice(lead), b.shape)) return 1
  const last = a.shape.at(-1)!
  const rows = [...a.shape.slice(0, -1), 1]
  check(sameShape(rows, b.shape), () => ({
    what: 'element-wise',
    expected: `b of a's shape, its trailing axes, or ${show(rows)} for a ${show(a.shape)}`,
    got: show(b.shape),
  }))
  return last
}

/** x·σ(x) */
export const silu = (x: Tensor) => unary(x, 'silu')
/** x·Φ(x), exact (erf). */
export const gelu = (x: Tensor) => unary(x, 'gelu')
/** GELU's tanh approximation. */
export const geluTanh = (x: Tensor) => unary(x, 'geluTanh')
/** x·σ(1.702 x) */
export const quickGelu = (x: Tensor) => unary(x, 'quickGelu')
export const exp = (x: Tensor) => unary(x, 'exp')
/** ln(scale · max(x, floor)) */
export const log = (x: Tensor, floor: number, scale = 1) => unary(x, 'log', floor, scale)
/** factor · x + offset */
export const affine = (x: Tensor, factor: number, offset = 0) => unary(x, 'affine', factor, offset)
/** 1 where x < threshold, else 0. */
export const less = (x: Tensor, threshold: number) => unary(x, 'less', threshold)
/** alpha · a + beta · b; b may be a's shape, its trailing axes, or one value a row. */
export const add = (a: Tensor, b: Tensor, alpha = 1, beta = 1) => binary(a, b, 'add', alpha, beta)
export const multiply = (a: Tensor, b: Tensor) => binary(a, b, 'mul')
export const divide = (a: Tensor, b: Tensor) => binary(a, b, 'div')

/**
 * x [rows, n] times `factor`, and `value` added where the column is the row's index plus `first`:
 * along the diagonal of a matrix [n, n] of which x holds the rows from `first` on.
 */
export function addDiagonal(x: Tensor, value: number, { first = 0, factor = 1 }: { first?: number; factor?: number } = {}): Tensor {
  const [rows, n] = x.shape as [number, number]
  check(x.shape.length === 2 && first >= 0 && first + rows <= n, () => ({
    what: 'addDiagonal',
    expected: `rows ${first} … of a square matrix`,
    got: show(x.shape),
  }))
  // In reading order the diagonal's elements are n + 1 apart: `first`, `first` + n + 1 …
  const pattern = new Float32Array(n + 1)
  pattern[first] = value
  const b = Tensor.from(x.backend, pattern, [n + 1], 'diagonal')
  const out = Tensor.empty(x.backend, x.shape, 'f32', 'addDiagonal')
  x.backend.run('binary', { a: x, b, out, fn: 'add', alpha: factor, beta: 1, inner: 1 })
  b.dispose()
  return out
}
