/**
 * @file One value at a time: activations, sums and products with a repeated operand, storage
 * conversion.
 */
import type { OpTable, UnaryFunction } from '../backend.ts'
import { floatToHalf, halfToFloat } from '../half.ts'
import { f16, f32 } from '../host/memory.ts'
import { activations } from './activation.ts'

const functions: Record<UnaryFunction, (x: number, alpha: number, beta: number) => number> = {
  silu: activations.silu,
  gelu: activations.gelu,
  geluTanh: activations.geluTanh,
  quickGelu: activations.quickGelu,
  exp: Math.exp,
  affine: (x, alpha, beta) => alpha * x + beta,
  log: (x, alpha, beta) => Math.log(beta * Math.max(x, alpha)),
  less: (x, alpha) => (x < alpha ? 1 : 0),
}

export function unary({ x, out, fn, alpha, beta }: OpTable['unary']): void {
  const from = f32(x)
  const to = f32(out)
  const f = functions[fn]
  // Uniforms of the WebGPU kernels are f32; comparing with the same threshold matters for `less`.
  const a = Math.fround(alpha)
  const b = Math.fround(beta)
  for (let i = 0; i < to.length; i++) to[i] = f(from[i], a, b)
}

export function binary({ a, b, out, fn, alpha, beta, inner }: OpTable['binary']): void {
  const x = f32(a)
  const y = f32(b)
  const to = f32(out)
  // Runs of `inner` elements share one element of b; with inner = 1 all of b repeats, element by
  // element.
  for (let i = 0; i < to.length; ) {
    if (inner === 1) {
      const end = Math.min(to.length, i + y.length)
      if (fn === 'add') for (let j = 0; i < end; i++, j++) to[i] = alpha * x[i] + beta * y[j]
      else if (fn === 'mul') for (let j = 0; i < end; i++, j++) to[i] = x[i] * y[j]
      else for (let j = 0; i < end; i++, j++) to[i] = x[i] / y[j]
    } else {
      const end = Math.min(to.length, i + inner)
      const other = y[(i / inner) % y.length]
      if (fn === 'add') for (; i < end; i++) to[i] = alpha * x[i] + beta * other
      else if (fn === 'mul') for (; i < end; i++) to[i] = x[i] * other
      else for (; i < end; i++) to[i] = x[i] / other
    }
  }
}

export function cast({ x, out }: OpTable['cast']): void {
  if (x.dtype === 'f16' && out.dtype === 'f16') f16(out).set(f16(x))
  else if (x.dtype === 'f16') halfToFloat(f16(x), f32(out))
  else if (out.dtype === 'f16') floatToHalf(f32(x), f16(out))
  else f32(out).set(f32(x))
}
