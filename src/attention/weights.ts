/**
 * @file What resolutions, layers and heads count in the aggregated map: DiffSeg's weights (arXiv
 * 2308.12469, §3.2), times factors that somebody chose.
 *
 * A resolution's map is the mean of its layers, a layer's the mean of its heads. Factors make
 * weighted means of these, and scale what a resolution counts beside the others; whatever they are,
 * every row of the aggregated map sums to 1.
 */
import { AdzusError, check } from '../errors.ts'
import type { Grid } from '../tensor/index.ts'
import type { AttentionLayer } from '../unet/taps.ts'
import { listed, type Selection, select, sideOf } from './select.ts'

/** Factors, each 0 or more; 1 for what is not named. */
export interface Weights {
  /** By the longer side of the grid in cells. */
  resolutions?: Record<number, number>
  /** By a part of the layer's path; where several are in it, their product. */
  layers?: Record<string, number>
  /** By number, from 0. */
  heads?: Record<number, number>
}

/** What is chosen of all attention, and how much of it each part is. */
export interface Weighting extends Selection {
  weights?: Weights | null
}

/** A layer that counts. */
export interface Counted {
  layer: AttentionLayer
  /** Beside the layers of its resolution; above 0. */
  factor: number
  /** Of every head beside the others of the layer; 0 for those that are not chosen. */
  heads: number[]
}

/**
 * The layers of self-attention that count.
 * @throws AdzusError for a selection or for factors of what is not there, and where nothing counts
 */
export function countedLayers(all: readonly AttentionLayer[], { weights, ...selection }: Weighting): Counted[] {
  const chosen = select(all, 'self', selection)
  if (weights) checkNames(all, weights)
  const counted = chosen
    .map((layer) => countedLayer(layer, selection.heads, weights))
    .filter(({ layer, factor, heads }) => factor > 0 && heads.some((f) => f > 0) && (weights?.resolutions?.[sideOf(layer.grid)] ?? 1) > 0)
  check(counted.length > 0, () => ({
    what: 'options',
    where: 'weights',
    expected: 'a factor above 0 for some of the attention that is chosen',
    got: `0 for all of its ${chosen.length} layers`,
    hint: 'Name fewer of them, or give one of them more.',
  }))
  return counted
}

/** One layer with its factors. */
export function countedLayer(layer: AttentionLayer, chosen: readonly number[] | null, weights?: Weights | null): Counted {
  const named = Object.entries(weights?.layers ?? {}).filter(([text]) => layer.name.includes(text))
  const isChosen = (head: number) => chosen?.includes(head) ?? true
  return {
    layer,
    factor: named.reduce((product, [, factor]) => product * factor, 1),
    heads: Array.from({ length: layer.heads }, (_, head) => (isChosen(head) ? (weights?.heads?.[head] ?? 1) : 0)),
  }
}

/**
 * What each of these resolutions counts in the aggregated map, together 1: in proportion to its
 * side (√(h·w) where it is not square), times its factor.
 */
export function resolutionWeight(grids: readonly Grid[], weights?: Weights | null): (grid: Grid) => number {
  const share = (grid: Grid) => Math.sqrt(grid.h * grid.w) * (weights?.resolutions?.[sideOf(grid)] ?? 1)
  const total = grids.reduce((sum, grid) => sum + share(grid), 0)
  return (grid) => share(grid) / total
}

function checkNames(all: readonly AttentionLayer[], { resolutions = {}, layers = {}, heads = {} }: Weights): void {
  const own = all.filter(({ kind }) => kind === 'self')
  const sides = [...new Set(own.map(({ grid }) => sideOf(grid)))]
  const most = Math.max(...own.map((layer) => layer.heads))
  const named = (what: string, wanted: readonly string[], holds: (name: string) => boolean, available: readonly (string | number)[]) => {
    const unknown = wanted.filter((name) => !holds(name))
    if (unknown.length === 0) return
    throw new AdzusError({
      what: 'options',
      where: 'weights',
      expected: `${what} among ${listed(available)}`,
      got: listed(unknown),
      hint: 'adzus layers and view.layers() list them.',
    })
  }
  const names = own.map(({ name }) => name)
  const numbers = Array.from({ length: most }, (_, head) => head)
  named('resolutions', Object.keys(resolutions), (name) => sides.map(String).includes(name), sides)
  named('layers', Object.keys(layers), (text) => text !== '' && names.some((name) => name.includes(text)), names)
  named('heads', Object.keys(heads), (name) => numbers.map(String).includes(name), numbers)
}
