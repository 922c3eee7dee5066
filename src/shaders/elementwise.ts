/**
 * @file One thread a number, or four: activations, sums and products with a repeated operand, fill,
 * storage conversion.
 */
import type { Activation, OpTable, UnaryFunction } from '../tensor/backend.ts'
import { activation } from './activation.ts'
import { each } from './each.ts'
import type { Constants } from './expression.ts'
import { type Kernel, kernel, type Shader, vecType, type Width } from './kernel.ts'

const unaryText = /* wgsl */ `
// out = f(x), number by number.

//#option FUNCTION = affine
alias Value = f32;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [size]
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [size]

fn each(i: u32) { out[i] = f(x[i]); }

//#import each
//#if FUNCTION == affine

fn f(x: Value) -> Value { return p.alpha * x + p.beta; }
//#end
//#if FUNCTION == exp

fn f(x: Value) -> Value { return exp(x); }
//#end
//#if FUNCTION == log

// ln(beta · x), of x at least alpha.
fn f(x: Value) -> Value { return log(p.beta * max(x, Value(p.alpha))); }
//#end
//#if FUNCTION == less

fn f(x: Value) -> Value { return select(Value(0.0), Value(1.0), x < Value(p.alpha)); }
//#end
//#if FUNCTION == activation

fn f(x: Value) -> Value { return activate(x); }

//#import activation
//#end
`

const binaryText = /* wgsl */ `
// out = alpha · a + beta · b, a · b or a / b, number by number. B may repeat: all of it, or each of
// its numbers for a run of inner.

//#option FUNCTION = add
//#option REPEAT = same
alias Value = f32;
alias ValueB = f32;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
  inner: u32, // entries of a for one of b, where b is one number for a run
  sizeB: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<Value>; // a [size]
@group(0) @binding(2) var<storage, read> b: array<ValueB>; // b [sizeB]
@group(0) @binding(3) var<storage, read_write> out: array<Value>; // out [size]

fn each(i: u32) {
  //#if REPEAT == same
  let other = b[i];
  //#end
  //#if REPEAT == repeated
  let other = b[i % p.sizeB];
  //#end
  //#if REPEAT == runs
  let other = b[i / p.inner % p.sizeB];
  //#end
  //#if FUNCTION == add
  out[i] = p.alpha * a[i] + p.beta * other;
  //#end
  //#if FUNCTION == mul
  out[i] = a[i] * other;
  //#end
  //#if FUNCTION == div
  out[i] = a[i] / other;
  //#end
}

//#import each
`

const fillText = /* wgsl */ `
// out = value.

alias Value = f32;

struct Params {
  size: u32,
  value: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<Value>; // out [size]

fn each(i: u32) { out[i] = Value(p.value); }

//#import each
`

const castToFloatText = /* wgsl */ `
// out = x, from f16 (two to a u32) to f32.

const WIDTH = 1u; // numbers of a thread: 1 or 4
alias Value = f32;
alias Stored = u32;

struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>; // x [size], f16 in pairs
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [size]

fn each(i: u32) {
  //#if WIDTH == 4
  out[i] = vec4<f32>(unpack2x16float(x[i].x), unpack2x16float(x[i].y));
  //#else
  out[i] = unpack2x16float(x[i / 2u])[i % 2u];
  //#end
}

//#import each
`

const castToHalfText = /* wgsl */ `
// out = x, from f32 to f16, rounded to nearest even. By integer arithmetic, since the rounding of
// pack2x16float is up to the adapter. A thread writes one u32, that is two numbers.

struct Params {
  size: u32, // u32s of out
  count: u32, // numbers of x
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // x [count]
@group(0) @binding(2) var<storage, read_write> out: array<u32>; // out [count], f16 in pairs

fn each(i: u32) {
  let first = f16Bits(x[i * 2u]);
  let second = select(0u, f16Bits(x[min(i * 2u + 1u, p.count - 1u)]), i * 2u + 1u < p.count);
  out[i] = first | (second << 16u);
}

// The bits of a number as f16.
fn f16Bits(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  // 1 no number, and what is too large or too small
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  if (magnitude >= 0x47800000u) { return sign | 0x7c00u; }
  if (magnitude < 0x33000000u) { return sign; }
  // 2 subnormal f16: the mantissa with its hidden bit, shifted to units of 2^-24
  if (magnitude < 0x38800000u) {
    let shift = 126u - (magnitude >> 23u);
    let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    let kept = mantissa >> shift;
    let rest = mantissa & ((1u << shift) - 1u);
    let middle = 1u << (shift - 1u);
    return sign | (kept + select(0u, 1u, rest > middle || (rest == middle && (kept & 1u) == 1u)));
  }
  // 3 normal f16: a smaller bias of the exponent, 13 bits less of the mantissa
  let rebased = magnitude - 0x38000000u;
  return sign | ((rebased + 0xfffu + ((rebased >> 13u) & 1u)) >> 13u);
}

//#import each
`

const unaries: Kernel = kernel({ name: 'unary', text: unaryText, imports: { each, activation } })
const binaries: Kernel = kernel({ name: 'binary', text: binaryText, imports: { each } })
const fills: Kernel = kernel({ name: 'fill', text: fillText, imports: { each } })
const castsToFloat: Kernel = kernel({ name: 'cast to f32', text: castToFloatText, imports: { each } })
const castsToHalf: Kernel = kernel({ name: 'cast to f16', text: castToHalfText, imports: { each } })

const OWN: readonly UnaryFunction[] = ['exp', 'affine', 'log', 'less']

/** `alpha` and `beta` as `UnaryFunction` says. */
export function unary(fn: UnaryFunction, width: Width): Shader {
  const what: Constants = OWN.includes(fn) ? { FUNCTION: fn } : { FUNCTION: 'activation', ACTIVATION: fn as Activation }
  return unaries({ ...what, Value: vecType(width) }, fn)
}

/** `repeat`: whether b has as many entries as a, repeats, or has one number for every run of a. */
export function binary(fn: OpTable['binary']['fn'], repeat: 'same' | 'repeated' | 'runs', width: Width): Shader {
  return binaries({ FUNCTION: fn, REPEAT: repeat, Value: vecType(width), ValueB: vecType(repeat === 'runs' ? 1 : width) }, fn)
}

/** The uniform `value` everywhere. */
export function fill(width: Width): Shader {
  return fills({ Value: vecType(width) })
}

/** f16 to f32. */
export function castToFloat(width: Width): Shader {
  return castsToFloat({ WIDTH: width, Value: vecType(width), Stored: width === 4 ? 'vec2<u32>' : 'u32' })
}

/** f32 to f16; `size` counts the u32s of the result, `count` the numbers. */
export function castToHalf(): Shader {
  return castsToHalf()
}
