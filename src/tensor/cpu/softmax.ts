/** @file Softmax of rows. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'

/** out = e^(x − max) / Σ e^(x − max) for every row; without the maximum exponentials overflow. */
export function softmax(args: OpTable['softmax']): void {
  const [rows, length] = args.x.shape
  const x = f32(args.x)
  const out = f32(args.out)
  for (let row = 0; row < rows; row++) {
    let max = -Infinity
    for (let i = row * length; i < (row + 1) * length; i++) max = Math.max(max, x[i])
    let sum = 0
    for (let i = row * length; i < (row + 1) * length; i++) sum += Math.exp(x[i] - max)
    for (let i = row * length; i < (row + 1) * length; i++) out[i] = Math.exp(x[i] - max) / sum
  }
}
