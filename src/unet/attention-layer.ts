/**
 * @file One attention layer of a transformer block: queries, keys and values without bias, output
 * with bias, the input added. Here taps are served.
 */
import { Linear } from '../nn/layers.ts'
import type { Loader } from '../nn/loader.ts'
import { attention, type Grid, release, type Tensor } from '../tensor/index.ts'
import type { Pass } from './pass.ts'
import type { AttentionLayer } from './taps.ts'

export interface AttentionShape {
  channels: number
  heads: number
  /** Width of the context for cross-attention; absent for self-attention. */
  context?: number
}

export class Attention {
  readonly layer: Omit<AttentionLayer, 'grid'>
  readonly #q: Linear
  readonly #k: Linear
  readonly #v: Linear
  readonly #out: Linear

  private constructor(layer: Omit<AttentionLayer, 'grid'>, q: Linear, k: Linear, v: Linear, out: Linear) {
    this.layer = layer
    this.#q = q
    this.#k = k
    this.#v = v
    this.#out = out
  }

  static async load(at: Loader, { channels, heads, context }: AttentionShape): Promise<Attention> {
    const seen = context ?? channels
    return new Attention(
      { name: at.path, kind: context === undefined ? 'self' : 'cross', heads, headSize: channels / heads },
      await Linear.load(at.at('to_q'), channels, channels, { bias: false }),
      await Linear.load(at.at('to_k'), seen, channels, { bias: false }),
      await Linear.load(at.at('to_v'), seen, channels, { bias: false }),
      await Linear.load(at.at('to_out').at(0), channels, channels),
    )
  }

  /**
   * x [N, tokens, C] (normalised) attends to itself or to the context; `residual` is added to the
   * result. Undefined where the pass ends.
   */
  forward(x: Tensor, residual: Tensor, grid: Grid, { context, tap, last }: Pass): Tensor | undefined {
    const ends = this.layer.name === last
    const seen = this.layer.kind === 'self' ? x : context
    const layer = { ...this.layer, grid }
    const q = this.#q.forward(x)
    const k = this.#k.forward(seen)
    // Attention does not depend on the values: where no caller needs the result, the keys stand in
    // for them.
    const v = ends ? k.reshape(k.shape) : this.#v.forward(seen)
    const { out, scores } = attention(q, k, v, { heads: layer.heads, keepScores: tap?.wants(layer) })
    if (scores) tap?.take(layer, scores)
    release(q, k, v, scores?.stats)
    const result = ends ? undefined : this.#out.forward(out, { residual })
    out.dispose()
    return result
  }
}
