/** @file What the kernels of WebGPU depend on, beside the shapes of tensors. */

/**
 * In which WebGPU multiplies activations with weights, and queries with keys: in f32; in f16; or
 * (`auto`) in whichever the tuner has measured to be faster. Sums, softmax, norms and everything
 * after the networks are f32 whatever this is.
 */
export type Arithmetic = 'f32' | 'f16' | 'auto'

/** Properties of a WebGPU adapter that kernels depend on, and what its user allows them. */
export interface Traits {
  /**
   * How many threads a subgroup has at least: 8 or more, or 0 where subgroups cannot exchange
   * values.
   */
  lanes: number
  /** Kernels may use WGSL's f16 (the feature `shader-f16`). */
  half: boolean
  /** It computes on the CPU. */
  software: boolean
  /** Default: f32. The others need `half`. */
  arithmetic?: Arithmetic
}
