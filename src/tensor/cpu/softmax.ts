/** @file Softmax of rows, for the op of that name and for attention. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'
import { expNegative } from './exp.ts'

export function softmax(args: OpTable['softmax']): void {
  const [rows, length] = args.x.shape
  const x = f32(args.x)
  const out = f32(args.out)
  const line = new Float64Array(length)
  for (let r = 0; r < rows; r++) softmaxRow(x, out, r * length, length, line)
}

/** Largest value and sum of exponentials of the row that `softmaxRow` last saw. */
export const row = { max: 0, sum: 0 }

/**
 * out[at …] = softmax of x[at … at+length]; `line` is scratch memory for at least `length` numbers.
 * x and out may be the same.
 */
export function softmaxRow(x: Float32Array, out: Float32Array, at: number, length: number, line: Float64Array): void {
  let max = -Infinity
  for (let i = 0; i < length; i++) if (x[at + i] > max) max = x[at + i]
  let sum = 0
  for (let i = 0; i < length; i++) {
    const e = expNegative(x[at + i] - max)
    line[i] = e
    sum += e
  }
  const factor = 1 / sum
  for (let i = 0; i < length; i++) out[at + i] = line[i] * factor
  row.max = max
  row.sum = sum
}
