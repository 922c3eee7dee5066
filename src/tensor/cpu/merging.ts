/**
 * @file The ops of merging by their definitions: divergences of attention maps, and sums of
 * selected ones.
 */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'

export function divergence({ x, y, out, floor }: OpTable['divergence']): void {
  const [m, cells] = x.shape
  const n = y.shape[0]
  const [from, to, result] = [f32(x), f32(y), f32(out)]
  const [logFrom, logTo] = [from, to].map((maps) => Float64Array.from(maps, (p) => Math.log(Math.max(p, floor))))
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let a = i * cells, b = j * cells, end = a + cells; a < end; a++, b++) sum += (from[a] - to[b]) * (logFrom[a] - logTo[b])
      result[i * n + j] = sum / 2
    }
}

export function sumSelectedRows({ chosen, x, residual, out }: OpTable['sumSelectedRows']): void {
  const [m, k] = chosen.shape
  const n = x.shape[1]
  const choice = f32(chosen)
  const rows = f32(x)
  const start = residual && f32(residual)
  const result = f32(out)
  const line = new Float64Array(n)
  for (let i = 0; i < m; i++) {
    if (start) line.set(start.subarray(i * n, (i + 1) * n))
    else line.fill(0)
    for (let j = 0; j < k; j++) if (choice[i * k + j] !== 0) for (let c = 0, at = j * n; c < n; c++, at++) line[c] += rows[at]
    result.set(line, i * n)
  }
}
