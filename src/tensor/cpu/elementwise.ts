/** @file One value at a time: functions of one number, sums, products and quotients of two. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'
import { functions } from './activation.ts'

/** out = fn(x). alpha and beta are f32, as in every kernel: `less` compares with just those. */
export function unary({ x, out, fn, alpha, beta }: OpTable['unary']): void {
  const [a, b] = [Math.fround(alpha), Math.fround(beta)]
  const from = f32(x)
  const to = f32(out)
  for (let i = 0; i < to.length; i++) to[i] = functions[fn](from[i], a, b)
}

/** out[i] = a[i] and b[⌊i/inner⌋ mod size(b)], added, multiplied or divided. */
export function binary({ a, b, out, fn, alpha, beta, inner }: OpTable['binary']): void {
  const [first, second] = [f32(a), f32(b)]
  const to = f32(out)
  for (let i = 0; i < to.length; i++) {
    const x = first[i]
    const y = second[Math.floor(i / inner) % second.length]
    to[i] = fn === 'add' ? alpha * x + beta * y : fn === 'mul' ? x * y : x / y
  }
}
