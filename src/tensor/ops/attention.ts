/**
 * @file Scaled dot-product attention in two passes.
 *
 * Pass A (`attention`) is the usual fused attention; on request it also keeps each row's maximum
 * and sum of exponentials ("statistics", 2 numbers a row). Pass B (`addAttentionMap`) recomputes
 * the scores tile by tile, turns them into probabilities with those statistics, and adds a weighted
 * sum over heads to one [queries, keys] map. No heads × queries × keys tensor ever exists.
 */
import { check } from '../../errors.ts'
import { checkShape, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'
import { slice } from './layout.ts'

export interface AttentionOptions {
  heads: number
  /** Factor on the scores; default (head size)^−½. */
  scale?: number
  /** Query i sees keys 0…i only. */
  causal?: boolean
}

/**
 * The inputs from which pass B recomputes a layer's scores after pass A has run. Pass A's caller
 * owns the tensors.
 */
export interface ScoreInputs {
  /** [batch, queries, channels] */
  q: Tensor
  /** [batch, keys, channels] */
  k: Tensor
  /** [batch, heads, queries, 2]: maximum and sum of exponentials of every row. */
  stats: Tensor
  heads: number
  scale: number
  causal: boolean
}

/**
 * q [B,Nq,C], k and v [B,Nk,C] → [B,Nq,C]. A head is a contiguous slice of C/heads channels. With
 * `keepScores` the second result lets `addAttentionMap` rebuild the probabilities; dispose its
 * `stats`.
 * @throws AdzusError where shapes do not fit
 * @example
 * ```ts
 * const { out, scores } = attention(q, k, v, { heads: 8, keepScores: true })
 * const map = full(backend, [1, 4096, 4096], 0)
 * addAttentionMap(map, scores!, Array(8).fill(1 / 8)) // the mean over the heads
 * scores!.stats.dispose()
 * ```
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions & { keepScores?: boolean },
): { out: Tensor; scores?: ScoreInputs } {
  const [batch, queries, channels] = q.shape as [number, number, number]
  const { heads, causal = false, keepScores = false } = options
  check(q.shape.length === 3 && channels % heads === 0, () => ({
    what: 'attention',
    expected: `q [batch, queries, channels] with channels divisible by ${heads} heads`,
    got: show(q.shape),
  }))
  checkShape('attention', 'k', k.shape, [batch, -1, channels])
  checkShape('attention', 'v', v.shape, k.shape)
  const scale = options.scale ?? (channels / heads) ** -0.5
  const out = Tensor.empty(q.backend, q.shape, 'f32', 'attention')
  const stats = keepScores ? Tensor.empty(q.backend, [batch, heads, queries, 2], 'f32', 'attention statistics') : undefined
  q.backend.run('attention', { q, k, v, out, stats, heads, scale, causal })
  return stats ? { out, scores: { q, k, stats, heads, scale, causal } } : { out }
}

/**
 * map [B,Nq,Nk] += Σ_h weights[h] · P_h. Weights of 1/heads give the head mean, a single 1 gives
 * one head. `map` must have been filled before (`full`).
 */
export function addAttentionMap(map: Tensor, scores: ScoreInputs, weights: ArrayLike<number>): void {
  const { q, k, stats, heads, scale, causal } = scores
  checkShape('addAttentionMap', 'map', map.shape, [q.shape[0]!, q.shape[1]!, k.shape[1]!])
  check(weights.length === heads, () => ({ what: 'addAttentionMap', expected: `${heads} head weights`, got: `${weights.length}` }))
  const headWeights = Tensor.from(map.backend, Float32Array.from(weights), [heads], 'head weights')
  map.backend.run('attentionMap', { q, k, stats, headWeights, out: map, heads, scale, causal })
  headWeights.dispose()
}

/** The scores of one image of a batch; dispose their `q`, `k` and `stats`. */
export function imageScores(scores: ScoreInputs, image: number): ScoreInputs {
  const one = (x: Tensor) => slice(x, 0, image, 1)
  return { ...scores, q: one(scores.q), k: one(scores.k), stats: one(scores.stats) }
}

/**
 * The scores of `count` queries from `first` on, for a map that holds only those; dispose their `q`
 * and `stats`. Not for causal attention, which counts queries.
 */
export function sliceQueries(scores: ScoreInputs, first: number, count: number): ScoreInputs {
  check(!scores.causal, () => ({ what: 'sliceQueries', expected: 'attention without causal mask', got: 'a causal one' }))
  return { ...scores, q: slice(scores.q, 1, first, count), stats: slice(scores.stats, 2, first, count) }
}
