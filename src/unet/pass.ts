/**
 * @file What one pass carries through the blocks. A pass that is made for its attention alone ends with the last layer that somebody wants: its blocks then have
 * no result, which travels upward as `undefined`.
 */
import type { Tensor } from '../tensor/index.ts'
import type { AttentionTap } from './taps.ts'

export interface Pass {
  /** Time embedding [N, length]. */
  time: Tensor
  /** Context [N, tokens, size] of the cross-attention. */
  context: Tensor
  tap?: AttentionTap
  /** Name of the attention layer that the pass ends with, once the tap has seen it; without one it runs to its end. */
  last?: string
}
