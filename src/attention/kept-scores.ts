/**
 * @file Attention that can be asked afterwards. Of every layer the queries, the keys and each row's
 * two statistics are kept, which is little beside the maps themselves: at 64×64 cells some 10 MiB a
 * layer instead of 64 MiB a head. A row (where one cell looks) or a column (who looks at one cell)
 * of a map is computed from them when somebody asks.
 */
import { addAttentionMap, full, release, type ScoreInputs, slice, sliceQueries } from '../tensor/index.ts'
import type { AttentionLayer, AttentionTap } from '../unet/taps.ts'

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

  wants(): boolean {
    return true
  }

  take(layer: AttentionLayer, scores: ScoreInputs): void {
    const { q, k, stats } = scores
    // Shares of the same memory, which outlive the layer.
    const shares = { q: q.reshape(q.shape), k: k.reshape(k.shape), stats: stats.reshape(stats.shape) }
    this.#kept.push({ layer, timestep: this.timestep, scores: { ...scores, ...shares } })
  }

  /**
   * Where query `query` of a layer looks: its probabilities over all keys, a weighted sum of heads.
   */
  async row(layer: string, timestep: number, query: number, headWeights: readonly number[]): Promise<Float32Array> {
    const { scores } = this.#find(layer, timestep)
    const part = sliceQueries(scores, query, 1)
    const values = await read(part, headWeights)
    release(part.q, part.stats)
    return values
  }

  /** Who looks at key `key` of a layer: the probability of every query for it. */
  async column(layer: string, timestep: number, key: number, headWeights: readonly number[]): Promise<Float32Array> {
    const { scores } = this.#find(layer, timestep)
    const k = slice(scores.k, 1, key, 1)
    // A row's statistics are those of all its keys, so that one key alone has its true share.
    const values = await read({ ...scores, k }, headWeights)
    k.dispose()
    return values
  }

  dispose(): void {
    for (const { scores } of this.#kept) release(scores.q, scores.k, scores.stats)
    this.#kept.length = 0
  }

  #find(layer: string, timestep: number): Kept {
    return this.#kept.find((kept) => kept.layer.name === layer && kept.timestep === timestep)!
  }
}

async function read(scores: ScoreInputs, headWeights: readonly number[]): Promise<Float32Array> {
  const shape = [1, scores.q.shape[1], scores.k.shape[1]]
  const map = full(scores.q.backend, shape, 0, 'attention of one cell')
  addAttentionMap(map, scores, headWeights)
  const values = await map.floats()
  map.dispose()
  return values
}
