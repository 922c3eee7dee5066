/**
 * @file The inputs of one pass that all blocks share. A pass that is made only for its attention
 * ends with the last layer that the tap wants: blocks from there on have no result and return
 * `undefined`.
 */
import type { Tensor } from '../tensor/index.ts'
import type { AttentionTap } from './taps.ts'

export interface Pass {
  /** Time embedding [N, length]. */
  time: Tensor
  /** Context [N, tokens, size] of the cross-attention. */
  context: Tensor
  tap?: AttentionTap
  /**
   * Name of the attention layer that the pass ends with, once the tap has seen it; without one it
   * runs to its end.
   */
  last?: string
}
