/**
 * @file Functions of four f32 at a time, written into a kernel's body. Relative errors are about
 * 1e-7 unless said otherwise; arguments should be locals, since they are used several times. NaN
 * stays NaN: where a limit is applied, the argument comes first, which `pmin` and `pmax` return
 * when a comparison fails.
 */
import { type Body, type Expr, f32x4, i32x4, type Local, v128 } from '../../wasm-assembler/index.ts'
import type { Activation, UnaryFunction } from '../backend.ts'

type Vector = Expr<'v128'>
type VectorLocal = Local<'v128'>

/** Σ coefficients[i] · xⁱ by Horner's rule. */
function polynomial(f: Body, x: VectorLocal, coefficients: readonly number[]): Vector {
  return coefficients.reduceRight<Vector | undefined>((sum, c) => (sum ? f.madd(sum, x, f.splat(c)) : f.splat(c)), undefined)!
}

/** Adding it to a small number leaves that number's nearest integer in the low bits of the sum. */
const ROUND = 1.5 * 2 ** 23
// ln 2 in two parts, the first with so few bits that its product with an exponent is exact.
const LN2_HIGH = 355 / 512
const LN2_LOW = Math.LN2 - LN2_HIGH
/** eˣ to 2e-9 for |x| ≤ ln 2 / 2 (minimax; the first two coefficients as in Taylor's series). */
const EXP = [1, 1, 0.4999999203, 0.1666641919, 0.0416682318, 0.008374898363, 0.001383674204]
/** Smallest and largest arguments whose exponentials are normal numbers. */
const EXP_MIN = -87.33
const EXP_MAX = 88

/** eˣ for x ≤ 0 (or above it by rounding); below −87.3 it stays at 1e-38. */
export function expNegative(f: Body, x: Vector): Vector {
  // eˣ = 2ⁿ·eʳ, x = n·ln 2 + r
  const clamped = f.let(f32x4.pmax(x, f.splat(EXP_MIN)))
  const rounded = f.let(f.madd(clamped, f.splat(Math.LOG2E), f.splat(ROUND)))
  const n = f.let(f32x4.sub(rounded, f.splat(ROUND)))
  const r = f.let(f.madd(n, f.splat(-LN2_LOW), f.madd(n, f.splat(-LN2_HIGH), clamped)))
  return i32x4.add(polynomial(f, r, EXP), i32x4.shl(rounded, 23))
}

/** 2ˣ to 9e-8 for |x| ≤ ½ (minimax with a constant 1). */
const EXP2 = [1, 0.6931469776, 0.2402224208, 0.05550733744, 0.00967151271, 0.001326472726]
/** 2 to the power of ± this is a normal number. */
const EXP2_MAX = 126

/** 2ⁿ·2ʳ for |r| ≤ ½, n in the low bits of `rounded`, with the polynomial for 2ʳ. */
function exp2Parts(f: Body, rounded: VectorLocal, r: VectorLocal, coefficients: readonly number[]): Vector {
  return i32x4.add(polynomial(f, r, coefficients), i32x4.shl(rounded, 23))
}

/**
 * 2ˣ for x ≤ 0; below −126 it stays at 1e-38. A quarter fewer instructions than eˣ: for callers
 * that can scale x beforehand.
 */
export function exp2Negative(f: Body, x: Vector): Vector {
  const clamped = f.let(f32x4.pmax(x, f.splat(-EXP2_MAX)))
  const rounded = f.let(f32x4.add(clamped, f.splat(ROUND)))
  const r = f.let(f32x4.sub(clamped, f32x4.sub(rounded, f.splat(ROUND))))
  return exp2Parts(f, rounded, r, EXP2)
}

/** eˣ, infinity above 176 (an f32 is infinite from 88.7 on). */
function exp(f: Body, x: Vector): Vector {
  const half = f32x4.mul(x, f.splat(0.5))
  const root = f.let(expNegative(f, f32x4.pmin(half, f.splat(EXP_MAX))))
  return f32x4.mul(root, root)
}

/** 2ˣ to 3e-6 for |x| ≤ ½ (minimax with a constant 1). */
const EXP2_SHORT = [1, 0.6931241184, 0.2402410728, 0.05590682995, 0.009582576647]

/**
 * x·σ(factor·y) = x / (1 + 2ᶻ) with z = −factor·log₂ e·y. An error ε of 2ᶻ changes it by
 * x·σ·(1 − σ)·ε, below 7e-7 where y = x: a coefficient less is then worth a tenth of a norm's time.
 * Where z is large the relative error grows to |z|·1e-7 besides, of a result that is nearly 0.
 */
function gate(f: Body, x: Vector, y: Vector, factor: number): Vector {
  // 2ᶻ = 2ⁿ·2ʳ, z = n + r; a multiply-add each, since z itself is not needed.
  const scale = f.splat(-factor * Math.LOG2E)
  const limit = EXP2_MAX / (factor * Math.LOG2E)
  const clamped = f.let(f32x4.pmax(f32x4.pmin(y, f.splat(limit)), f.splat(-limit)))
  const rounded = f.let(f.madd(clamped, scale, f.splat(ROUND)))
  const r = f.let(f.madd(clamped, scale, f32x4.sub(f.splat(ROUND), rounded)))
  return f32x4.div(x, f32x4.add(f.splat(1), exp2Parts(f, rounded, r, EXP2_SHORT)))
}

/** 1 − erf(x) for x ≥ 0, absolute error 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
function erfc(f: Body, x: VectorLocal): Vector {
  const t = f.let(f32x4.div(f.splat(1), f.madd(x, f.splat(0.3275911), f.splat(1))))
  const series = polynomial(f, t, [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429])
  return f32x4.mul(f32x4.mul(series, t), exp2Negative(f, f32x4.mul(f32x4.mul(x, x), f.splat(-Math.LOG2E))))
}

/** x·Φ(x) = x/2·(1 + erf(x/√2)) */
export function gelu(f: Body, x: VectorLocal): Vector {
  const size = f.let(f32x4.mul(f32x4.abs(x), f.splat(Math.SQRT1_2)))
  // With c = erfc(|x|/√2): x/2·c where x < 0, x/2·(2 − c) elsewhere.
  const c = f.let(erfc(f, size))
  const factor = v128.bitselect(c, f32x4.sub(f.splat(2), c), i32x4.shrS(x, 31))
  return f32x4.mul(f32x4.mul(x, f.splat(0.5)), factor)
}

/** ½·(1 + tanh y) = σ(2y) */
function geluTanh(f: Body, x: VectorLocal): Vector {
  const cubic = f.madd(f32x4.mul(x, x), f.splat(0.044715), f.splat(1))
  return gate(f, x, f32x4.mul(x, cubic), 2 * Math.sqrt(2 / Math.PI))
}

/** The activations of the op table. */
export const activations: Record<Exclude<Activation, 'none'>, (f: Body, x: VectorLocal) => Vector> = {
  silu: (f, x) => gate(f, x, x, 1),
  gelu,
  geluTanh,
  quickGelu: (f, x) => gate(f, x, x, 1.702),
}

/**
 * The bits of √½: mantissas from there to √2 have logarithms around 0, which keeps digits near 1.
 */
const ROOT_HALF = 0x3f3504f3

/** ln x for normal x > 0. */
function log(f: Body, x: Vector): Vector {
  // x = m·2ᵉ; ln m = 2·artanh s, s = (m − 1)/(m + 1), |s| ≤ 0.172
  const bits = f.let(x)
  const exponent = f.let(i32x4.shrS(i32x4.sub(bits, f.splatBits(ROOT_HALF)), 23))
  const m = f.let(i32x4.sub(bits, i32x4.shl(exponent, 23)))
  const s = f.let(f32x4.div(f32x4.sub(m, f.splat(1)), f32x4.add(m, f.splat(1))))
  const z = f.let(f32x4.mul(s, s))
  const series = f32x4.mul(polynomial(f, z, [2, 2 / 3, 2 / 5, 2 / 7, 2 / 9]), s)
  const e = f.let(f32x4.convertI32x4S(exponent))
  return f.madd(e, f.splat(LN2_HIGH), f.madd(e, f.splat(LN2_LOW), series))
}

/** The element-wise functions of the op table, alpha and beta in all lanes. */
export const functions: Record<UnaryFunction, (f: Body, x: VectorLocal, alpha: VectorLocal, beta: VectorLocal) => Vector> = {
  ...activations,
  exp: (f, x) => exp(f, x),
  affine: (_, x, alpha, beta) => f32x4.add(f32x4.mul(alpha, x), beta),
  log: (f, x, alpha, beta) => log(f, f32x4.mul(beta, f32x4.pmax(alpha, x))),
  less: (f, x, alpha) => v128.and(f32x4.lt(x, alpha), f.splat(1)),
}

/**
 * Four f16 bit patterns, widened to 32 bits with their signs, as f32: exact, subnormals, infinities
 * and NaN included.
 */
export function halfToFloat(f: Body, bits: Vector): Vector {
  const half = f.let(bits)
  // Shifted into an f32's place, with three copies of the sign removed, the number is too small by
  // 2^(127 − 15), whether it is normal or not.
  const value = f32x4.mul(v128.and(i32x4.shl(half, 13), f.splatBits(0x8fffffff)), f.splat(2 ** 112))
  const special = i32x4.gtS(v128.and(half, f.splatBits(0x7fff)), f.splatBits(0x7bff))
  return v128.or(value, v128.and(special, f.splatBits(0x7f800000)))
}

/**
 * Four f16 in the upper halves of 32-bit lanes as f32, like `halfToFloat`; the lower halves do not
 * matter.
 */
export function upperHalfToFloat(f: Body, lanes: Vector): Vector {
  const bits = f.let(lanes)
  const value = f32x4.mul(v128.and(i32x4.shrS(bits, 3), f.splatBits(0x8fffe000)), f.splat(2 ** 112))
  const special = i32x4.gtS(v128.and(bits, f.splatBits(0x7fffffff)), f.splatBits(0x7bffffff))
  return v128.or(value, v128.and(special, f.splatBits(0x7f800000)))
}
