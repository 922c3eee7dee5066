/**
 * @file The assembler's vocabulary. An *expression* is code that leaves one value of a known type,
 * a *statement* code that leaves none; both are built as trees of bytes, so that nested calls in
 * TypeScript read like the formula they compute, and are flattened once when the module is encoded.
 */

/** Types of values. */
export type ValueType = 'i32' | 'f32' | 'f64' | 'v128'

/** Type codes of the binary format. */
export const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** Bytes in a tree, some of them flattened already. */
export type Code = number | Uint8Array | readonly Code[]

/** Code that leaves one value. */
export interface Expr<T extends ValueType> {
  readonly type: T
  readonly code: Code
}

/** Code that leaves none. */
export interface Statement {
  readonly type: 'none'
  readonly code: Code
}

/** Where a scalar is wanted, a number stands for the constant. */
export type Operand<T extends ValueType> = Expr<T> | (T extends 'v128' ? never : number)

/** A local of a function, which may be read as an expression and set. */
export interface Local<T extends ValueType> extends Expr<T> {
  readonly index: number
}

/** Parameters by name, in order. */
export type Parameters = Readonly<Record<string, ValueType>>

/** A local for each parameter. */
export type LocalsOf<P extends Parameters> = { readonly [K in keyof P]: Local<P[K]> }

/** An operand for each parameter. */
export type OperandsOf<P extends Parameters> = { readonly [K in keyof P]: Operand<P[K]> }

/** Features of the runtime that a module is made for. */
export interface Features {
  /** `f32x4.relaxed_madd`: a multiply-add in one instruction. */
  relaxed: boolean
  /** The imported memory is shared between threads. */
  shared: boolean
}
