/** @file The aggregated map as a picture: small enough to be sent and shown. */
import type { Method } from './methods.ts'

export const matrix: Method<'matrix'> = async ({ view: id, choice, most }, { session }) => {
  const view = session.view(id)
  const { grid, values } = await view.map(choice)
  const cells = grid.h * grid.w
  const side = Math.min(most, cells)
  return { grid, side, values: blockMeans(values, cells, side), weights: view.resolutionWeights(choice) }
}

/**
 * A square matrix made small: means over blocks of nearly equal size.
 * @param values [cells, cells], row by row
 * @param side at most `cells`
 */
export function blockMeans(values: Float32Array, cells: number, side: number): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(side * side)
  const counts = new Uint32Array(side * side)
  const block = Uint32Array.from({ length: cells }, (_, i) => Math.floor((i * side) / cells))
  for (let row = 0, i = 0; row < cells; row++) {
    const to = block[row] * side
    for (let column = 0; column < cells; column++, i++) {
      sums[to + block[column]] += values[i]
      counts[to + block[column]]++
    }
  }
  return Float32Array.from(sums, (sum, i) => sum / counts[i])
}
