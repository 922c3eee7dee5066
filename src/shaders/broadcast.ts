/**
 * @file The part that the broadcasting kernels share: the multiply-adds of a thread's rows and
 * columns over the next `lanes` numbers of k. Every lane holds one number of row i in the register
 * v{i}; a thread holds its own column c in the vec4s w{c}_0, w{c}_1, …
 */
import { unroll } from './wgsl.ts'

/** Statements that add row · column to the registers SUM{c}_{i}. */
export function multiplyBroadcast(sum: string, { rows, columns, lanes }: { rows: number; columns: number; lanes: 4 | 8 }): string {
  const add = (i: number, j: number) => (c: number) => `${sum}${c}_${i} = fma(s, w${c}_${j >> 2}[${j & 3}], ${sum}${c}_${i});`
  return unroll(rows, (i) => unroll(lanes, (j) => `      { let s = subgroupBroadcast(v${i}, ${j}u); ${unroll(columns, add(i, j), ' ')} }`))
}
