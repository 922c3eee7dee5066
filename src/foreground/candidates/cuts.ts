/**
 * @file Candidates from prominence: Otsu's cut of it at each sigma, with centrality and without,
 * and GrabCut on the colours, started from the same.
 */
import { grabCut } from '../../pixels/grab-cut.ts'
import { otsu } from '../../pixels/otsu.ts'
import { trimapOf } from '../../pixels/trimap.ts'
import type { Prominence, Scene } from '../scene.ts'
import { PIXELS, spreadCells } from '../square.ts'
import type { Candidate } from './candidate.ts'

/** Where a side of the start has fewer pixels, there is nothing to learn its colours from. */
const LEAST_START = 20

/** What stands out at one sigma, whether or not what is central counts more. */
interface Prompt {
  sigma: Prominence['sigma']
  /** The power of the centrality. */
  gamma: 0 | 1
  /** One number a pixel of the square, and Otsu's threshold of them. */
  start: Float32Array
  threshold: number
  /** 1 above the threshold, else 0. */
  chain: Uint8Array
}

/** `chain σ γ`, for each sigma and power of the centrality. */
export function chains(scene: Scene): Candidate[] {
  return promptsOf(scene).map(chainNamed)
}

/** Scenes are asked for their cuts by `auto` and by clicks, and each cut takes a while. */
const known = new WeakMap<Scene, Candidate[]>()

/** Two for each sigma and power of the centrality: `chain σ γ` and `cut σ γ`. */
export function promptedCuts(scene: Scene): Candidate[] {
  let found = known.get(scene)
  if (!found) {
    found = promptsOf(scene).flatMap((prompt) => [
      chainNamed(prompt),
      { name: `cut ${prompt.sigma} ${prompt.gamma}`, mask: cutFrom(scene, prompt) },
    ])
    known.set(scene, found)
  }
  return found
}

/** One of them; nothing where nothing stands out. */
export function promptedMask(scene: Scene, sigma: Prominence['sigma'], gamma: 0 | 1, cut: boolean): Uint8Array | undefined {
  const prompt = promptsOf(scene).find((one) => one.sigma === sigma && one.gamma === gamma)
  return prompt && (cut ? cutFrom(scene, prompt) : prompt.chain)
}

function chainNamed({ sigma, gamma, chain }: Prompt): Candidate {
  return { name: `chain ${sigma} ${gamma}`, mask: chain }
}

function promptsOf({ prominences, centralCells, cells, grid, field }: Scene): Prompt[] {
  return prominences.flatMap(({ sigma, cells: found }) =>
    ([0, 1] as const).flatMap((gamma) => {
      const weighed = gamma === 0 ? found : found.map((value, i) => value * centralCells[i])
      const threshold = otsu(weighed.filter((_, i) => cells[i] === 1))
      if (Number.isNaN(threshold)) return []
      const start = spreadCells(weighed, grid)
      const chain = new Uint8Array(start.length)
      for (let i = 0; i < start.length; i++) {
        start[i] *= field[i]
        if (start[i] > threshold) chain[i] = field[i]
      }
      return [{ sigma, gamma, start, threshold, chain }]
    }),
  )
}

function cutFrom({ small, field }: Scene, { start, threshold, chain }: Prompt): Uint8Array {
  const inside = chain.reduce((sum, one) => sum + one, 0)
  if (Math.min(inside, PIXELS - inside) < LEAST_START) return chain
  return grabCut(small, trimapOf(start, threshold)).map((value, i) => (value === 0 ? 0 : field[i]))
}
