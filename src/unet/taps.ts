/**
 * @file Looking inside: a tap is shown every attention layer while the UNet runs. The UNet knows
 * nothing of what a tap does with it.
 */
import type { Grid, ScoreInputs } from '../tensor/index.ts'

/** An attention layer of the UNet. */
export interface AttentionLayer {
  /**
   * The layer's path in the checkpoint: `down_blocks.0.attentions.0.transformer_blocks.0.attn1`.
   */
  name: string
  /** Self-attention looks at the image's own tokens, cross-attention at the context's. */
  kind: 'self' | 'cross'
  /** Height and width of the grid that the queries lie on. */
  grid: Grid
  heads: number
  headSize: number
}

export interface AttentionTap {
  /** Whether this layer's scores are to be kept for `take`. */
  wants(layer: AttentionLayer): boolean
  /**
   * Called once the layer's fused attention has been recorded. The scores are freed right
   * afterwards: record what is needed now.
   */
  take(layer: AttentionLayer, scores: ScoreInputs): void
}
