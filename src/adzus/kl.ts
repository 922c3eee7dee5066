/**
 * @file Symmetric Kullback-Leibler divergence of attention maps, as two matrix products.
 *
 * D(x, y) = ½ Σ (x − y)(ln x − ln y) = ½ [h(x) + h(y) − x·ln y − ln x·y], h(p) = p·ln p. Broadcasting 256 × 4096 × 4096 numbers becomes two GEMMs.
 * ln(n·p) replaces ln p, n the number of cells: the constant cancels exactly, and maps near uniform get logarithms near 0, which keeps digits in f32.
 * Probabilities are clamped at 1e-12 inside the logarithm, so that a cell that underflowed to 0 stays a number.
 */
import { add, log, matmul, release, rowDot, type Tensor } from '../tensor/index.ts'

const FLOOR = 1e-12

/** What a set of maps needs for divergences: the maps [m, n], their logarithms, their negative entropies [m]. */
export interface LogMaps {
  maps: Tensor
  logs: Tensor
  entropies: Tensor
}

/** Takes over nothing: dispose `logs` and `entropies` with `releaseLogs`, the maps stay the caller's. */
export function withLogs(maps: Tensor): LogMaps {
  const logs = log(maps, FLOOR, maps.shape[1])
  return { maps, logs, entropies: rowDot(maps, logs) }
}

export function releaseLogs({ logs, entropies }: LogMaps): void {
  release(logs, entropies)
}

/** D of every row of x [m, n] to every row of y [k, n]: [m, k]. */
export function divergence(x: LogMaps, y: LogMaps): Tensor {
  const cross = matmul(x.maps, y.logs, { transposeB: true, alpha: -0.5 })
  const both = matmul(x.logs, y.maps, { transposeB: true, alpha: -0.5, residual: cross })
  const rows = x.entropies.reshape([x.maps.shape[0], 1])
  const withX = add(both, rows, 1, 0.5)
  const result = add(withX, y.entropies, 1, 0.5)
  release(cross, both, rows, withX)
  return result
}
