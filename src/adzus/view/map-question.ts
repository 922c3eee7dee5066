/** @file A question about a whole attention map: which one is meant. */
import type { Grid } from '../../tensor/index.ts'
import { type AttentionView, type LayerQuestion, layerQuestion } from '../cell-attention.ts'
import { checkAggregation } from '../check-options.ts'
import type { Aggregation } from './question.ts'

/** Which attention map: by default that of all layers, heads and time steps together. */
export interface MapQuestion extends Aggregation {
  /**
   * A layer by its path, or by a part of it that no other has; where a part names both layers of a
   * transformer, its self-attention. By default the aggregated map.
   */
  layer?: string
  /** One head of that layer, from 0; by default the mean of all. */
  head?: number
  /** One time step; by default the mean of all that are chosen. */
  timestep?: number
}

/** The attention of every cell at once. */
export interface AttentionMapOf {
  /** The layer's path; null for the aggregated map of all layers. */
  layer: string | null
  /** Null for the mean of all heads. */
  head: number | null
  /** Where the queries lie: the cells that look. */
  grid: Grid
  /** Where the keys lie, which are looked at; null where they are the tokens of the prompt. */
  keys: Grid | null
  /** [queries, keys], row-major; every row sums to 1. */
  values: Float32Array
}

const NAMES = ['layer', 'head', 'timestep']

/** Settles what is meant. @throws AdzusError for what is not there */
export function mapQuestion(
  question: MapQuestion,
  view: Pick<AttentionView, 'layers' | 'grid' | 'timesteps'>,
): LayerQuestion & { known: Omit<AttentionMapOf, 'values'> } {
  checkAggregation(question, NAMES)
  const asked = layerQuestion(question, 'self', view)
  const { layer, head } = asked
  const grid = layer?.grid ?? view.grid
  return { ...asked, known: { layer: layer?.name ?? null, head, grid, keys: layer?.kind === 'cross' ? null : grid } }
}
