/**
 * @file The vocabulary of the kernels: where numbers lie, which part of an op a task computes, and
 * memory filled with zeros.
 *
 * Addresses, lengths and indices are unsigned i32. A *stride* is a distance in bytes, all other
 * lengths are counts.
 */
import { type Body, type Expr, i32, type Local, type LocalsOf, type Operand, v128 } from '../../wasm-assembler/index.ts'

/** An address, a length or an index: an expression, or a number that is known already. */
export type I32 = Operand<'i32'>

/** Some i32 locals by name, such as those that one phase of a kernel takes from another. */
export type Locals<K extends string> = LocalsOf<Record<K, 'i32'>>

/** Bytes of a number, and of a vector. */
export const F32 = 4
export const F64 = 8
export const V128 = 16

/** x·factor; a factor that is a power of two becomes a shift. */
export function times(x: I32, factor: I32): Expr<'i32'> {
  if (typeof factor !== 'number') return typeof x === 'number' ? times(factor, x) : i32.mul(x, factor)
  if (typeof x === 'number') return i32.const(x * factor)
  if (factor === 0) return i32.const(0)
  const bits = Math.log2(factor)
  if (!Number.isInteger(bits)) return i32.mul(x, factor)
  return bits === 0 ? x : i32.shl(x, bits)
}

/** ⌈n / size⌉ for a size that is a power of two. */
export function ceilDiv(n: I32, size: number): Expr<'i32'> {
  return i32.shrU(i32.add(n, size - 1), Math.log2(size))
}

/** n rounded up to a multiple of `size`, a power of two. */
export function roundUp(n: I32, size: number): Expr<'i32'> {
  return i32.and(i32.add(n, size - 1), -size)
}

/** Bytes of so many f32. */
export function f32Bytes(count: I32): Expr<'i32'> {
  return times(count, F32)
}

/**
 * The address of an f32 in an array.
 *
 * @example f32At(rowAt(out, row, stride), column)
 */
export function f32At(base: I32, index: I32): Expr<'i32'> {
  return i32.add(base, times(index, F32))
}

/** The address of a vector in an array of vectors. */
export function v128At(base: I32, index: I32): Expr<'i32'> {
  return i32.add(base, times(index, V128))
}

/** The address of a row, or of anything else that begins `stride` bytes behind the last one. */
export function rowAt(base: I32, row: I32, stride: I32): Expr<'i32'> {
  return i32.add(base, times(row, stride))
}

/** `moved` where there is something at `address`, and 0, which stands for nothing, where not. */
export function orNull(address: Local<'i32'>, moved: I32): Expr<'i32'> {
  return i32.select(address, moved, 0)
}

/** A range of rows, elements or whatever tasks are cut from: first ≤ i < end. */
export type Range = Locals<'first' | 'end'>

/**
 * Task number `part` of `total` things, `perTask` of which make a task; the last has fewer.
 *
 * @example const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
 */
export function taskRange(f: Body, part: I32, perTask: I32, total: I32): Range {
  const first = f.let(times(part, perTask))
  return { first, end: f.let(i32.minU(total, i32.add(first, perTask))) }
}

/**
 * Writes zeros over a number of bytes, rounded up to whole vectors.
 *
 * @example zero(f, sums, times(columns, F32))
 */
export function zero(f: Body, from: Local<'i32'>, bytes: I32): void {
  const end = f.let(i32.add(from, bytes))
  f.for(from, end, V128, (at) => f.do(v128.store(at, f.splat(0))))
}
