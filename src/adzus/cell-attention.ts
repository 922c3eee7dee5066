/** @file A question about one cell: which row or column of which attention map is meant. */
import { isString, isWhole, must } from '../arguments.ts'
import type { KeptQuestion } from '../attention/kept-scores.ts'
import type { Grid } from '../tensor/index.ts'
import type { AttentionLayer } from '../unet/taps.ts'
import { checkAggregation } from './check-options.ts'
import type { Aggregation } from './view/question.ts'

/**
 * Which attention: of a pixel or of a token; by default all layers, heads and time steps together.
 */
export interface AttentionQuestion extends Aggregation {
  /** A pixel of the picture, from 0, counted from the top left corner. */
  x?: number
  y?: number
  /**
   * A token of the prompt instead of a pixel, by its place in the context, from 0; for
   * cross-attention.
   */
  token?: number
  /**
   * A layer by its path, or by a part of it that no other has; where a part names both layers of a
   * transformer, pixels mean its self-attention and tokens its cross-attention. By default the
   * aggregated map.
   */
  layer?: string
  /** One head of that layer, from 0; by default the mean of all. */
  head?: number
  /** One time step; by default the mean of all that are chosen. */
  timestep?: number
  /** `from` (default): where the pixel looks. `to`: who looks there. */
  direction?: 'from' | 'to'
}

/** Attention of one cell to all others, of all others to it, or between the picture and a token. */
export interface CellAttention {
  /** The layer's path; null for the aggregated map of all layers. */
  layer: string | null
  /** Null for the mean of all heads. */
  head: number | null
  direction: 'from' | 'to'
  /** Where the values lie; null where they belong to the tokens of the prompt. */
  grid: Grid | null
  /** One a cell, row-major, or one a token. */
  values: Float32Array
}

/** What is there to be asked. */
export interface AttentionView {
  width: number
  height: number
  tokens: number
  layers: readonly AttentionLayer[]
  /** Of the aggregated map. */
  grid: Grid
  timesteps: readonly number[]
}

/** Whose attention is meant: that of a layer, or where there is none the aggregated map. */
export interface LayerQuestion {
  layer?: AttentionLayer
  /** Null for the mean of all. */
  head: number | null
  timesteps: readonly number[]
}

/** A question about a row (`query`) or a column (`key`). */
export interface CellQuestion extends LayerQuestion {
  known: Omit<CellAttention, 'values'>
  query?: number
  key?: number
}

const NAMES = ['x', 'y', 'token', 'layer', 'head', 'timestep', 'direction']

/** Settles what is meant. @throws AdzusError for what is not there */
export function cellQuestion(question: AttentionQuestion, view: AttentionView): CellQuestion {
  checkAggregation(question, NAMES)
  const { token, direction = 'from' } = question
  must('direction', direction === 'from' || direction === 'to', "'from' or 'to'", direction)
  const common = layerQuestion(question, token === undefined ? 'self' : 'cross', view)
  const { layer } = common
  const cross = layer?.kind === 'cross'
  const known = { layer: layer?.name ?? null, head: common.head }
  if (token !== undefined) {
    must('token', cross && isWhole(token, 0, view.tokens - 1), tokensOf(cross, view.tokens), token)
    return { ...common, key: token, known: { ...known, direction: 'to', grid: layer!.grid } }
  }
  must('direction', !cross || direction === 'from', "'from', or a token: pixels are looked at by self-attention only", direction)
  const grid = layer?.grid ?? view.grid
  const cell = cellOf(question, view, grid)
  const lies = { ...known, direction, grid: cross ? null : grid }
  return direction === 'from' ? { ...common, query: cell, known: lies } : { ...common, key: cell, known: lies }
}

/**
 * Settles which layer, head and time steps are meant.
 * @param kind of the layer, where a part of a name fits one of each kind
 * @throws AdzusError for what is not there
 */
export function layerQuestion(
  question: Pick<AttentionQuestion, 'layer' | 'head' | 'timestep' | keyof Aggregation>,
  kind: AttentionLayer['kind'],
  view: Pick<AttentionView, 'layers' | 'timesteps'>,
): LayerQuestion {
  const { layer: name, head, timestep, timesteps: steps = view.timesteps } = question
  const layer = name === undefined ? undefined : layerOf(name, kind, view.layers)
  const chosen = OF_ALL_LAYERS.filter((choice) => question[choice] !== undefined)
  must('layer', layer === undefined || chosen.length === 0, `it, or ${chosen.join(' and ')} for the aggregated map`, 'both')
  must('head', head === undefined || (layer !== undefined && isWhole(head, 0, layer.heads - 1)), headsOf(layer), head)
  must('timestep', timestep === undefined || (layer !== undefined && steps.includes(timestep)), stepsOf(layer, steps), timestep)
  return { layer, head: head ?? null, timesteps: timestep === undefined ? steps : [timestep] }
}

/** What is chosen for the aggregated map only. */
const OF_ALL_LAYERS = ['resolutions', 'layers', 'heads', 'weights'] as const

/** What is asked of a layer that was kept: a mean of heads and time steps, or one of them. */
export function keptQuestion({ name, heads }: AttentionLayer, { head, timesteps }: LayerQuestion): KeptQuestion {
  const share = (i: number) => (head === null ? 1 / heads : Number(i === head))
  return { layer: name, timesteps, headWeights: Array.from({ length: heads }, (_, i) => share(i) / timesteps.length) }
}

/** The layer of that name, or the only one with that part of a name; of two the one of a kind. */
function layerOf(name: unknown, kind: AttentionLayer['kind'], layers: readonly AttentionLayer[]): AttentionLayer {
  const exact = layers.find((layer) => layer.name === name)
  if (exact) return exact
  const named = isString(name) && name !== '' ? layers.filter((layer) => layer.name.includes(name)) : []
  const found = named.length > 1 ? named.filter((layer) => layer.kind === kind) : named
  const expected = found.length > 1 ? 'a part of one layer’s path only' : 'a layer’s path, or a part of it'
  must('layer', found.length === 1, expected, name, found.length > 1 ? `It is in ${found.length} of them.` : 'layers() lists them.')
  return found[0]
}

function cellOf({ x, y }: AttentionQuestion, { width, height }: AttentionView, { h, w }: Grid): number {
  must('x', isInside(x, width), `pixels from 0 to ${width - 1}`, x)
  must('y', isInside(y, height), `pixels from 0 to ${height - 1}`, y)
  const place = (at: unknown, pixels: number, cells: number) => Math.floor(((Math.floor(at as number) + 0.5) * cells) / pixels)
  return place(y, height, h) * w + place(x, width, w)
}

const isInside = (value: unknown, length: number) => typeof value === 'number' && value >= 0 && value < length
const headsOf = (layer: AttentionLayer | undefined) =>
  layer ? `a whole number from 0 to ${layer.heads - 1}` : 'a layer that it belongs to'
const stepsOf = (layer: AttentionLayer | undefined, steps: readonly number[]) =>
  layer ? `one of ${steps.join(', ')}` : 'a layer that it belongs to'
const tokensOf = (cross: boolean, tokens: number) => (cross ? `a whole number from 0 to ${tokens - 1}` : 'a layer of cross-attention')
