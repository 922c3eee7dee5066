/** @file The ops of merging: divergences of attention maps, and sums of selected ones. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'

/** out[i, j] = ½ Σ (x[i] − y[j])(ln x[i] − ln y[j]), logarithms of at least `floor`. */
export function divergence({ x, y, out, floor }: OpTable['divergence']): void {
  const [m, cells] = x.shape
  const n = y.shape[0]
  const [from, to, result] = [f32(x), f32(y), f32(out)]
  const logarithms = (maps: Float32Array) => Float64Array.from(maps, (p) => Math.log(Math.max(p, floor)))
  const [logFrom, logTo] = [logarithms(from), logarithms(to)]
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let cell = 0; cell < cells; cell++) {
        const [p, q] = [i * cells + cell, j * cells + cell]
        sum += (from[p] - to[q]) * (logFrom[p] - logTo[q])
      }
      result[i * n + j] = sum / 2
    }
}

/** out[i] = residual[i] + the sum of the rows of x that chosen[i] selects. */
export function sumSelectedRows({ chosen, x, residual, out }: OpTable['sumSelectedRows']): void {
  const [m, k] = chosen.shape
  const n = x.shape[1]
  const choice = f32(chosen)
  const rows = f32(x)
  const start = residual && f32(residual)
  const result = f32(out)
  for (let i = 0; i < m; i++)
    for (let c = 0; c < n; c++) {
      let sum = start ? start[i * n + c] : 0
      for (let j = 0; j < k; j++) if (choice[i * k + j] !== 0) sum += rows[j * n + c]
      result[i * n + c] = sum
    }
}
