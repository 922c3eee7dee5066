/**
 * @file Candidates from prominence: Otsu's cut of it at each sigma, with centrality and without,
 * and
 * GrabCut on the colours, started from the same.
 */
import { grabCut } from '../../pixels/grab-cut.ts'
import { otsu } from '../../pixels/otsu.ts'
import { trimapOf } from '../../pixels/trimap.ts'
import type { Scene } from '../scene.ts'
import { PIXELS, spreadCells } from '../square.ts'
import type { Candidate } from './candidate.ts'

/** Where a side of the start has fewer pixels, there is nothing to learn its colours from. */
const LEAST_START = 20

/** Two for each sigma and power of the centrality: `chain σ γ` and `cut σ γ`. */
export function promptedCuts({ prominences, centralCells, cells, grid, field, small }: Scene): Candidate[] {
  return prominences.flatMap(({ sigma, cells: found }) =>
    [0, 1].flatMap((gamma) => {
      const weighed = gamma === 0 ? found : found.map((value, i) => value * centralCells[i])
      const threshold = otsu(weighed.filter((_, i) => cells[i] === 1))
      if (Number.isNaN(threshold)) return []
      const start = spreadCells(weighed, grid).map((value, i) => value * field[i])
      const chain = Uint8Array.from(start, (value, i) => (value > threshold ? field[i] : 0))
      return [
        { name: `chain ${sigma} ${gamma}`, mask: chain },
        { name: `cut ${sigma} ${gamma}`, mask: cutFrom(start, threshold, chain) },
      ]
    }),
  )

  function cutFrom(start: Float32Array, threshold: number, chain: Uint8Array): Uint8Array {
    const inside = chain.reduce((sum, one) => sum + one, 0)
    if (Math.min(inside, PIXELS - inside) < LEAST_START) return chain
    return grabCut(small, trimapOf(start, threshold)).map((value, i) => (value === 0 ? 0 : field[i]))
  }
}
