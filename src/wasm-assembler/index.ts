/** @file The WebAssembly assembler's public face. */
export { Body, type Definition, procedure } from './body.ts'
export { f32, f32x4, f64, f64x2, i8x16, i16x8, i32, i32x4, v128 } from './instructions.ts'
export { Module } from './module.ts'
export type { Expr, Features, Local, LocalsOf, Operand, OperandsOf, Parameters, Statement, ValueType } from './types.ts'
