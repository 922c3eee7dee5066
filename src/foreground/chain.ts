/**
 * @file Prominence: what stands out from the background, by an absorbing walk along attention
 * (Jiang et al., ICCV 2013), absorbed by boundary connectivity (Zhu et al., CVPR 2014).
 *
 * A picture's border shows background. A cell absorbs a walk by how much it is connected to the
 * border; the longer a walk from a cell goes on, the more the cell stands out.
 */
import { backgroundWeights } from './absorption.ts'
import { centralityIn } from './field.ts'
import type { Walk } from './walk.ts'

export interface ChainSetting {
  /** Of `backgroundWeights`; above 0. */
  sigma: number
  /** The power of the centrality that the prominence is multiplied with; 0 for none. */
  gamma: number
}

/**
 * The prominence of every cell under each setting, 0 to 1, row-major; 0 outside. Settings of the
 * same sigma share a walk, and all walks share their products with the map.
 * @example
 * ```ts
 * const [prominence] = await prominences(walk, [{ sigma: 0.5, gamma: 1 }])
 * ```
 */
export async function prominences(walk: Walk, settings: readonly ChainSetting[]): Promise<Float32Array[]> {
  const connectivity = await walk.connectivity()
  const sigmas = [...new Set(settings.map(({ sigma }) => sigma))]
  const steps = await walk.steps(sigmas.map((sigma) => backgroundWeights(connectivity, sigma)))
  const scores = steps.map((expected) => logScale(expected, walk.inside))
  const central = centralityIn(walk.inside, walk.grid)
  return settings.map(({ sigma, gamma }) =>
    scores[sigmas.indexOf(sigma)].map((score, i) => (gamma === 0 ? score : score * central[i] ** gamma)),
  )
}

/**
 * Logarithms, moved and scaled so that the cells inside reach from 0 to 1; all 0 where they are
 * alike.
 * @param values 0 or more
 * @param floor what counts as 0, so that logarithms are finite
 */
export function logScale(values: Float32Array, inside: Float32Array, floor = 1e-9): Float32Array {
  const logs = Float64Array.from(values, (value) => Math.log(value + floor))
  let [least, most] = [Infinity, -Infinity]
  logs.forEach((value, i) => {
    if (inside[i] === 0) return
    least = Math.min(least, value)
    most = Math.max(most, value)
  })
  const range = most - least + 1e-12
  return Float32Array.from(logs, (value, i) => (inside[i] === 0 ? 0 : (value - least) / range))
}
