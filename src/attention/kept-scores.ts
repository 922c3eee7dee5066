/**
 * @file Attention that can be asked afterwards. Of every layer the queries, the keys and each row's
 * two statistics are kept, which is little beside the maps themselves: at 64×64 cells some 10 MiB a
 * layer instead of 64 MiB a head. A row (where one cell looks), a column (who looks at one cell) or
 * the whole of a map is computed from them when somebody asks, and so is what a tap would have made
 * of the pass.
 */
import { type Grid, release, type ScoreInputs, slice, sliceQueries } from '../tensor/index.ts'
import type { AttentionLayer, AttentionTap } from '../unet/taps.ts'
import { BandedMap } from './banded-map.ts'

/** What is asked of one layer: a weighted sum of its heads, over some time steps. */
export interface KeptQuestion {
  /** Its path. */
  layer: string
  timesteps: readonly number[]
  /** What each head counts at each of the time steps. */
  headWeights: readonly number[]
}

/** One layer at one time step. */
interface Kept {
  layer: AttentionLayer
  timestep: number
  scores: ScoreInputs
}

export class KeptScores implements AttentionTap {
  /** Of the pass in progress. */
  timestep = 0
  readonly #kept: Kept[] = []

  wants(layer: AttentionLayer): boolean {
    // A time step that is given twice gives the same attention twice.
    return this.#find(layer.name, this.timestep) === undefined
  }

  take(layer: AttentionLayer, scores: ScoreInputs): void {
    const { q, k, stats } = scores
    // Shares of the same memory, which outlive the layer.
    const shares = { q: q.reshape(q.shape), k: k.reshape(k.shape), stats: stats.reshape(stats.shape) }
    this.#kept.push({ layer, timestep: this.timestep, scores: { ...scores, ...shares } })
  }

  /** Where query `query` of a layer looks: its probabilities over all keys. */
  async row(query: number, question: KeptQuestion): Promise<Float32Array> {
    const parts = this.#of(question).map(({ scores }) => sliceQueries(scores, query, 1))
    const values = await sum(parts, { h: 1, w: 1 }, question)
    for (const { q, stats } of parts) release(q, stats)
    return values
  }

  /** Who looks at key `key` of a layer: the probability of every query for it. */
  async column(key: number, question: KeptQuestion): Promise<Float32Array> {
    const kept = this.#of(question)
    // A row's statistics are those of all its keys, so that one key alone has its true share.
    const parts = kept.map(({ scores }) => ({ ...scores, k: slice(scores.k, 1, key, 1) }))
    const values = await sum(parts, kept[0].layer.grid, question)
    release(...parts.map(({ k }) => k))
    return values
  }

  /** All rows of a layer [queries · keys]. */
  async map(question: KeptQuestion): Promise<Float32Array> {
    const kept = this.#of(question)
    return sum(
      kept.map(({ scores }) => scores),
      kept[0].layer.grid,
      question,
    )
  }

  /** Shows a tap the passes at these time steps, as the network did. */
  replay(timesteps: readonly number[], tap: AttentionTap): void {
    for (const timestep of timesteps)
      for (const kept of this.#kept) if (kept.timestep === timestep && tap.wants(kept.layer)) tap.take(kept.layer, kept.scores)
  }

  dispose(): void {
    for (const { scores } of this.#kept) release(scores.q, scores.k, scores.stats)
    this.#kept.length = 0
  }

  #of({ layer, timesteps }: KeptQuestion): Kept[] {
    return timesteps.map((timestep) => this.#find(layer, timestep)!)
  }

  #find(layer: string, timestep: number): Kept | undefined {
    return this.#kept.find((kept) => kept.layer.name === layer && kept.timestep === timestep)
  }
}

/** The probabilities of all queries of the parts for all of their keys, summed up. */
async function sum(parts: readonly ScoreInputs[], grid: Grid, { headWeights }: KeptQuestion): Promise<Float32Array> {
  const { q, k } = parts[0]
  const map = BandedMap.zeros(q.backend, grid, k.shape[1], 'attention of one layer')
  for (const part of parts) map.add(part, headWeights)
  const values = await map.floats()
  map.dispose()
  return values
}
