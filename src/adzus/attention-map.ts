/** @file The attention map of a single layer or head. */
import type { Grid } from '../tensor/index.ts'

/** The attention of one head of one layer, or of a layer's head mean. */
export interface AttentionMap {
  layer: string
  head: number
  /** The grid of the queries, and of the keys. */
  grid: Grid
  /** [queries, keys], row-major; every row sums to 1. */
  probabilities: Float32Array
}
