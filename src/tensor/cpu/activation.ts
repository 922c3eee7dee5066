/**
 * @file Activations in f64.
 *
 * erf is tabulated at steps of 1/512 on [0, 6] (beyond, 1 − erf < 2.2e-17) and interpolated by
 * cubic Hermite polynomials, whose slopes 2/√π·exp(−x²) are exact: error h⁴/384 · max|erf⁗| <
 * 2e-13. Each table value follows from its left neighbour by erf's Taylor series there, whose
 * derivatives are Hermite polynomials times exp(−x²).
 */
import type { Activation } from '../backend.ts'
import { expNegative } from './exp.ts'

const STEP = 1 / 512
const LAST = 6
const SLOPE = 2 / Math.sqrt(Math.PI)

/** Values and slopes times STEP, alternating. */
let table: Float64Array | undefined

function tabulate(): Float64Array {
  const out = new Float64Array(2 * (LAST / STEP + 1))
  for (let i = 0; 2 * i < out.length; i++) {
    const x = i * STEP
    out[2 * i + 1] = STEP * SLOPE * Math.exp(-x * x)
    if (i === 0) continue
    // erf(x₀ + h) = erf(x₀) + erf'(x₀)·Σ Hₙ(−x₀)·hⁿ⁺¹/(n+1)!, H₀ = 1, H₁(y) = 2y, Hₙ₊₁(y) = 2yHₙ −
    // 2nHₙ₋₁.
    const y = STEP - x
    let previous = 0
    let hermite = 1
    let power = 1
    let sum = 0
    for (let n = 0; n < 8; n++) {
      sum += hermite * power
      const next = 2 * y * hermite - 2 * n * previous
      previous = hermite
      hermite = next
      power *= STEP / (n + 2)
    }
    out[2 * i] = out[2 * i - 2] + out[2 * i - 1] * sum
  }
  return out
}

/** The error function, |error| < 1e-12. */
export function erf(x: number): number {
  table ??= tabulate()
  const position = Math.abs(x) / STEP
  if (!(position < LAST / STEP)) return Math.sign(x)
  const i = Math.floor(position)
  const t = position - i
  const u = 1 - t
  const left = table[2 * i] * (1 + 2 * t) + table[2 * i + 1] * t
  const right = table[2 * i + 2] * (1 + 2 * u) - table[2 * i + 3] * u
  const value = u * u * left + t * t * right
  return x < 0 ? -value : value
}

/** x·σ(y), with an exponential that cannot overflow. */
function gate(x: number, y: number): number {
  const e = expNegative(-Math.abs(y))
  return (y < 0 ? x * e : x) / (1 + e)
}

const ROOT_2_BY_PI = Math.sqrt(2 / Math.PI)

export const activations: Record<Activation, (x: number) => number> = {
  none: (x) => x,
  silu: (x) => gate(x, x),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(ROOT_2_BY_PI * (x + 0.044715 * x * x * x))),
  quickGelu: (x) => gate(x, 1.702 * x),
}
