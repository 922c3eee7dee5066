/**
 * @file Shapes and storage types. A shape is a list of non-negative integers, row-major, last axis
 * contiguous. Images are `[batch, height, width, channels]` (NHWC), token lists `[batch, tokens,
 * channels]`.
 */
import { check } from '../errors.ts'

export type Shape = readonly number[]

/** Height and width of a grid of tokens. */
export interface Grid {
  h: number
  w: number
}

/** How numbers are stored. Arithmetic is always f32 (i32 holds indices and labels only). */
export type DType = 'f32' | 'f16' | 'i32'

export const BYTES: Record<DType, number> = { f32: 4, f16: 2, i32: 4 }

export function sizeOf(shape: Shape): number {
  return shape.reduce((n, d) => n * d, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i])
}

/** `[2, 64, 64, 320]` as text. */
export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Fails unless `shape` equals `expected`, where -1 stands for any length. */
export function checkShape(what: string, where: string, shape: Shape, expected: Shape): void {
  check(shape.length === expected.length && expected.every((d, i) => d === -1 || d === shape[i]), () => ({
    what,
    where,
    expected: `shape ${show(expected).replaceAll('-1', '·')}`,
    got: show(shape),
  }))
}
