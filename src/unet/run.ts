/** @file What one forward pass carries through the blocks. */
import type { Tensor } from '../tensor/index.ts'
import type { AttentionTap } from './taps.ts'

export interface Run {
  /** Time embedding [N, length]. */
  time: Tensor
  /** Context [N, tokens, size] of the cross-attention. */
  context: Tensor
  tap?: AttentionTap
}
