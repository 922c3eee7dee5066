/**
 * @file The activations and the other functions of one number, in f64, by their formulas. Numbers
 * in parentheses are those of Abramowitz and Stegun, *Handbook of Mathematical Functions* (1964).
 */
import type { Activation, UnaryFunction } from '../backend.ts'

/**
 * The error function, to the last digits of f64, for any number.
 * @example
 * erf(1) // 0.8427007929497149
 */
export function erf(x: number): number {
  const size = Math.abs(x)
  return size < 2 ? series(x) : Math.sign(x) * (1 - continuedFraction(size))
}

/**
 * erf x = 2/√π · e^(−x²) · Σₙ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n + 1)) (7.1.6). All terms have one sign, so
 * nothing cancels. For |x| < 2 the terms from n = 40 on are below 1e-24.
 */
function series(x: number): number {
  let [sum, term] = [0, x]
  for (let n = 0; n < 40; n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 3)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/**
 * 1 − erf x = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + 2/(x + …))))) (7.1.14). For x ≥ 2 fifty
 * steps are more than f64 can tell from all.
 */
function continuedFraction(x: number): number {
  let rest = x
  for (let n = 50; n >= 1; n--) rest = x + n / 2 / rest
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / rest
}

/** x·σ(y), σ(y) = 1/(1 + e^(−y)). Far below zero e^(−y) is infinite and the result zero. */
const gate = (x: number, y: number) => x / (1 + Math.exp(-y))

/** The activations by name. */
export const activations: Record<Activation, (x: number) => number> = {
  none: (x) => x,
  silu: (x) => gate(x, x),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quickGelu: (x) => gate(x, 1.702 * x),
}

/** The functions of the op `unary` by name. */
export const functions: Record<UnaryFunction, (x: number, alpha: number, beta: number) => number> = {
  silu: activations.silu,
  gelu: activations.gelu,
  geluTanh: activations.geluTanh,
  quickGelu: activations.quickGelu,
  exp: Math.exp,
  affine: (x, alpha, beta) => alpha * x + beta,
  log: (x, alpha, beta) => Math.log(beta * Math.max(x, alpha)),
  less: (x, alpha) => (x < alpha ? 1 : 0),
}
