/**
 * @file The instructions that kernels use, by type as in the text format: `i32.add(a, b)`,
 * `f32x4.mul(x, y)`, `v128.load(address, offset)`. Vectors are always `v128`; the name before the
 * dot says how an instruction sees them. Little-endian memory; offsets are constants in bytes.
 */
import { float32, float64, signed, unsigned } from './encoding.ts'
import type { Code, Expr, Operand, Statement, ValueType } from './types.ts'

const PREFIX_SIMD = 0xfd

const simd = (opcode: number): Code => [PREFIX_SIMD, unsigned(opcode)]

function constant<T extends ValueType>(type: T, value: number): Code {
  if (type === 'i32') return [0x41, signed(value)]
  if (type === 'f32') return [0x43, float32(value)]
  return [0x44, float64(value)]
}

/** The code of an operand. */
export function codeOf<T extends ValueType>(type: T, x: Operand<T>): Code {
  return typeof x === 'number' ? constant(type, x) : (x as Expr<T>).code
}

const literal =
  <T extends ValueType>(type: T) =>
  (value: number): Expr<T> => ({ type, code: constant(type, value) })

function unary<A extends ValueType, R extends ValueType>(from: A, to: R, opcode: Code) {
  return (x: Operand<A>): Expr<R> => ({ type: to, code: [codeOf(from, x), opcode] })
}

function binary<A extends ValueType, R extends ValueType>(from: A, to: R, opcode: Code) {
  return (a: Operand<A>, b: Operand<A>): Expr<R> => ({ type: to, code: [codeOf(from, a), codeOf(from, b), opcode] })
}

/** An associative operation on two values or more. */
function chain<T extends ValueType>(type: T, opcode: Code) {
  return (first: Operand<T>, ...more: Operand<T>[]): Expr<T> => ({
    type,
    code: [codeOf(type, first), ...more.flatMap((x) => [codeOf(type, x), opcode])],
  })
}

function load<T extends ValueType>(type: T, opcode: Code) {
  return (address: Operand<'i32'>, offset = 0): Expr<T> => ({ type, code: [codeOf('i32', address), opcode, 0, unsigned(offset)] })
}

function store<T extends ValueType>(type: T, opcode: Code) {
  return (address: Operand<'i32'>, value: Operand<T>, offset = 0): Statement => ({
    type: 'none',
    code: [codeOf('i32', address), codeOf(type, value), opcode, 0, unsigned(offset)],
  })
}

/** One of two values, both computed. */
function select<T extends ValueType>(type: T) {
  return (condition: Operand<'i32'>, yes: Operand<T>, no: Operand<T>): Expr<T> => ({
    type,
    // Untyped `select` is for numbers only.
    code:
      type === 'v128'
        ? [codeOf(type, yes), codeOf(type, no), codeOf('i32', condition), 0x1c, 1, 0x7b]
        : [codeOf(type, yes), codeOf(type, no), codeOf('i32', condition), 0x1b],
  })
}

/** Integers of 32 bits; a U or S at the end says how they are read. */
export const i32 = {
  const: literal('i32'),
  load: load('i32', 0x28),
  load16S: load('i32', 0x2e),
  store: store('i32', 0x36),
  select: select('i32'),
  eq: binary('i32', 'i32', 0x46),
  ne: binary('i32', 'i32', 0x47),
  ltU: binary('i32', 'i32', 0x49),
  gtS: binary('i32', 'i32', 0x4a),
  gtU: binary('i32', 'i32', 0x4b),
  leU: binary('i32', 'i32', 0x4d),
  geU: binary('i32', 'i32', 0x4f),
  add: chain('i32', 0x6a),
  sub: binary('i32', 'i32', 0x6b),
  mul: chain('i32', 0x6c),
  divU: binary('i32', 'i32', 0x6e),
  remU: binary('i32', 'i32', 0x70),
  and: chain('i32', 0x71),
  or: chain('i32', 0x72),
  shl: binary('i32', 'i32', 0x74),
  shrU: binary('i32', 'i32', 0x76),
  /** The smaller of two unsigned numbers; both are computed twice, so let them be short. */
  minU: (a: Operand<'i32'>, b: Operand<'i32'>): Expr<'i32'> => select('i32')(binary('i32', 'i32', 0x49)(a, b), a, b),
}

/** Single precision. */
export const f32 = {
  const: literal('f32'),
  load: load('f32', 0x2a),
  store: store('f32', 0x38),
  ne: binary('f32', 'i32', 0x5c),
  sqrt: unary('f32', 'f32', 0x91),
  add: chain('f32', 0x92),
  sub: binary('f32', 'f32', 0x93),
  mul: chain('f32', 0x94),
  div: binary('f32', 'f32', 0x95),
  max: binary('f32', 'f32', 0x97),
  convertI32U: unary('i32', 'f32', 0xb3),
  demoteF64: unary('f64', 'f32', 0xb6),
}

/** Double precision. */
export const f64 = {
  load: load('f64', 0x2b),
  store: store('f64', 0x39),
  sqrt: unary('f64', 'f64', 0x9f),
  add: chain('f64', 0xa0),
  sub: binary('f64', 'f64', 0xa1),
  mul: chain('f64', 0xa2),
  div: binary('f64', 'f64', 0xa3),
  max: binary('f64', 'f64', 0xa5),
  convertI32U: unary('i32', 'f64', 0xb8),
  promoteF32: unary('f32', 'f64', 0xbb),
}

/** Vectors as 128 bits. */
export const v128 = {
  load: load('v128', simd(0)),
  /** Four signed 16-bit numbers, widened to 32 bits. */
  load16x4S: load('v128', simd(3)),
  load32Splat: load('v128', simd(9)),
  /** Lane 0; the others are 0. */
  load32Zero: load('v128', simd(0x5c)),
  store: store('v128', simd(11)),
  and: chain('v128', simd(0x4e)),
  /** a & ~b */
  andnot: binary('v128', 'v128', simd(0x4f)),
  or: chain('v128', simd(0x50)),
  /** Whether any bit is 1. */
  anyTrue: unary('v128', 'i32', simd(0x53)),
  select: select('v128'),
  /** Bits of `yes` where `mask` is 1, else of `no`. */
  bitselect: (yes: Expr<'v128'>, no: Expr<'v128'>, mask: Expr<'v128'>): Expr<'v128'> => ({
    type: 'v128',
    code: [yes.code, no.code, mask.code, simd(0x52)],
  }),
}

function shift(opcode: number) {
  return (x: Expr<'v128'>, bits: Operand<'i32'>): Expr<'v128'> => ({ type: 'v128', code: [x.code, codeOf('i32', bits), simd(opcode)] })
}

function extractLane<T extends ValueType>(type: T, opcode: number) {
  return (x: Expr<'v128'>, lane: number): Expr<T> => ({ type, code: [x.code, simd(opcode), lane] })
}

/** Vectors as four integers. */
export const i32x4 = {
  const: (...lanes: [number, number, number, number]): Expr<'v128'> => ({
    type: 'v128',
    code: [simd(12), lanes.flatMap((lane) => [0, 8, 16, 24].map((shift) => (lane >> shift) & 255))],
  }),
  splat: unary('i32', 'v128', simd(0x11)),
  extractLane: extractLane('i32', 0x1b),
  gtS: binary('v128', 'v128', simd(0x3b)),
  shl: shift(0xab),
  shrS: shift(0xac),
  add: chain('v128', simd(0xae)),
  sub: binary('v128', 'v128', simd(0xb1)),
  mul: binary('v128', 'v128', simd(0xb5)),
  /** The four lower of eight unsigned halves. */
  extendLowI16x8U: unary('v128', 'v128', simd(0xa9)),
  truncSatF32x4S: unary('v128', 'v128', simd(0xf8)),
}

export const i16x8 = {
  /** The eight lower of sixteen unsigned bytes. */
  extendLowI8x16U: unary('v128', 'v128', simd(0x89)),
  /** Four numbers of a and four of b, clamped to 16 bits. */
  narrowI32x4S: binary('v128', 'v128', simd(0x85)),
}

export const i8x16 = {
  /** Eight signed numbers of a and eight of b, clamped to 0 … 255. */
  narrowI16x8U: binary('v128', 'v128', simd(0x66)),
}

/** Vectors as four numbers in single precision. */
export const f32x4 = {
  splat: unary('f32', 'v128', simd(0x13)),
  extractLane: extractLane('f32', 0x1f),
  ne: binary('v128', 'v128', simd(0x42)),
  lt: binary('v128', 'v128', simd(0x43)),
  gt: binary('v128', 'v128', simd(0x44)),
  abs: unary('v128', 'v128', simd(0xe0)),
  add: chain('v128', simd(0xe4)),
  sub: binary('v128', 'v128', simd(0xe5)),
  mul: chain('v128', simd(0xe6)),
  div: binary('v128', 'v128', simd(0xe7)),
  /** b < a ? b : a, one instruction on every machine (`min` needs several for its NaN and ±0). */
  pmin: binary('v128', 'v128', simd(0xea)),
  /** a < b ? b : a */
  pmax: binary('v128', 'v128', simd(0xeb)),
  convertI32x4S: unary('v128', 'v128', simd(0xfa)),
  /** a·b + c, rounded once or twice as the machine likes it best. */
  relaxedMadd: (a: Expr<'v128'>, b: Expr<'v128'>, c: Expr<'v128'>): Expr<'v128'> => ({
    type: 'v128',
    code: [a.code, b.code, c.code, simd(0x105)],
  }),
  /** Lanes 0 … 3 of a, 4 … 7 of b. */
  shuffle: (a: Expr<'v128'>, b: Expr<'v128'>, lanes: readonly [number, number, number, number]): Expr<'v128'> => ({
    type: 'v128',
    code: [a.code, b.code, simd(13), lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))],
  }),
}

/** Vectors as two numbers in double precision. */
export const f64x2 = {
  /** The two lower lanes of four numbers in single precision. */
  promoteLowF32x4: unary('v128', 'v128', simd(0x5f)),
  add: chain('v128', simd(0xf0)),
}
