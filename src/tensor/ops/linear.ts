/**
 * @file Matrix products: linear layers and batched matmul. Both are one GEMM with an epilogue
 * (bias, activation, residual), so that no separate element-wise pass over the result is needed.
 */
import { check } from '../../errors.ts'
import type { Activation } from '../backend.ts'
import { checkShape, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'

export interface LinearOptions {
  bias?: Tensor
  activation?: Activation
  /** Added after the activation; same shape as the result. */
  residual?: Tensor
}

/**
 * x [..., in] · weightᵀ + bias → [..., out]. `weight` is [out, in] as checkpoints store it, f32 or
 * f16.
 * @throws AdzusError where shapes do not fit
 * @example
 * ```ts
 * // [1, 77, 768] and [3072, 768] → [1, 77, 3072]
 * const hidden = linear(tokens, weight, { bias, activation: 'silu' })
 * ```
 */
export function linear(x: Tensor, weight: Tensor, options: LinearOptions = {}): Tensor {
  const k = x.shape.at(-1)!
  const [n, inputs] = weight.shape as [number, number]
  check(weight.shape.length === 2 && inputs === k, () => ({
    what: 'linear',
    expected: `a weight [out, ${k}] for x ${show(x.shape)}`,
    got: show(weight.shape),
  }))
  const shape = [...x.shape.slice(0, -1), n]
  if (options.bias) checkShape('linear', 'bias', options.bias.shape, [n])
  if (options.residual) checkShape('linear', 'residual', options.residual.shape, shape)
  const out = Tensor.empty(x.backend, shape, 'f32', 'linear')
  x.backend.run('matmul', {
    a: x,
    b: weight,
    bias: options.bias,
    residual: options.residual,
    out,
    batch: 1,
    m: x.size / k,
    n,
    k,
    transposeB: true,
    sharedB: true,
    alpha: 1,
    activation: options.activation ?? 'none',
  })
  return out
}

/**
 * x [..., in] → [..., C]: value · gelu(gate), the halves of x · weightᵀ + bias, the value first
 * (diffusers' GEGLU). `weight` is [2C, in], f32 or f16.
 */
export function linearGeglu(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const k = x.shape.at(-1)!
  const [outputs, inputs] = weight.shape as [number, number]
  check(weight.shape.length === 2 && inputs === k && outputs % 2 === 0, () => ({
    what: 'linearGeglu',
    expected: `a weight [an even number, ${k}] for x ${show(x.shape)}`,
    got: show(weight.shape),
  }))
  if (bias) checkShape('linearGeglu', 'bias', bias.shape, [outputs])
  const out = Tensor.empty(x.backend, [...x.shape.slice(0, -1), outputs / 2], 'f32', 'linearGeglu')
  const rows = x.reshape([-1, k])
  x.backend.run('linearGeglu', { x: rows, weight, bias, out })
  rows.dispose()
  return out
}

/**
 * alpha · a [batch, m, k] · b → [batch, m, n]. `b` is [batch, k, n], or [batch, n, k] with
 * `transposeB`. Both may also be 2-D matrices, then so is the result; a 2-D `b` is shared by the
 * batch. `residual` has the result's shape and is added. Operands are multiplied in f32 on every
 * backend: attention maps and what is computed from them are no activations.
 */
export function matmul(a: Tensor, b: Tensor, options: { transposeB?: boolean; alpha?: number; residual?: Tensor } = {}): Tensor {
  const { transposeB = false, alpha = 1, residual } = options
  const [m, k] = a.shape.slice(-2) as [number, number]
  const batch = a.shape.length === 3 ? a.shape[0]! : 1
  const sharedB = b.shape.length === 2
  const n = b.shape.at(transposeB ? -2 : -1)!
  const inner = transposeB ? [n, k] : [k, n]
  checkShape('matmul', transposeB ? 'b, transposed' : 'b', b.shape, sharedB ? inner : [batch, ...inner])
  const shape = [...a.shape.slice(0, -1), n]
  if (residual) checkShape('matmul', 'residual', residual.shape, shape)
  const out = Tensor.empty(a.backend, shape, 'f32', 'matmul')
  a.backend.run('matmul', { a, b, residual, out, batch, m, n, k, transposeB, sharedB, alpha, activation: 'none', exact: true })
  return out
}
