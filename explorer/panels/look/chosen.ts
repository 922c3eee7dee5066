/** @file Which attention the panel shows, made sure that this look has it. */
import type { AttentionOf, Grid, Looked } from '../../engine/calls.ts'
import type { AttentionChoice } from '../../settings.ts'

export interface Chosen {
  kind: 'all' | 'resolution' | 'layer'
  /** The attention of cells to cells. */
  self: AttentionOf
  /** The attention of cells to words, in the same places of the network. */
  cross: AttentionOf
  /** Names it within this look. */
  key: string
  grid: Grid
  crossGrid: Grid
  /** Of a single layer: its number from 1 on, and how many heads it has. */
  number?: number
  heads: number
  head?: number
  timestep?: number
  direction: 'from' | 'to'
  token?: number
}

/** A grid as settings name it. */
export const gridName = ({ h, w }: Grid) => `${h}x${w}`

/** The layers whose cells look at cells. */
export const selfLayers = (looked: Pick<Looked, 'layers'>) => looked.layers.filter(({ kind }) => kind === 'self')

/** The grids of the layers, from the finest to the coarsest. */
export function grids(looked: Pick<Looked, 'layers'>): Grid[] {
  const byName = new Map(selfLayers(looked).map(({ grid }) => [gridName(grid), grid]))
  return [...byName.values()].sort((a, b) => b.h * b.w - a.h * a.w)
}

/**
 * What a choice means for a look; what the look does not have is as by default. Words are shown in
 * the mean of the layers with the second finest grid where all layers are chosen, since no sum over
 * grids is the network's own.
 */
export function chosenOf(choice: AttentionChoice, looked: Pick<Looked, 'layers' | 'grid' | 'parameters'>): Chosen {
  const layers = selfLayers(looked)
  const all = grids(looked)
  const index = layers.findIndex(({ name }) => name === choice.layer)
  const layer = layers[index]
  const resolution = layer ? undefined : all.find((grid) => gridName(grid) === choice.resolution)
  const { timesteps } = looked.parameters
  const timestep = (layer || resolution) && timesteps.length > 1 && timesteps.includes(choice.timestep!) ? choice.timestep : undefined
  const head = layer && choice.head !== undefined && choice.head < layer.heads ? choice.head : undefined
  const self = layer ? [layer.name] : resolution ? namesOf(looked, 'self', resolution) : []
  const crossGrid = layer?.grid ?? resolution ?? all[Math.min(1, all.length - 1)]
  // A transformer looks at the words right after it has looked at the picture.
  const next = layer && looked.layers[looked.layers.indexOf(layer) + 1]
  const cross = layer ? (next?.kind === 'cross' ? [next.name] : []) : namesOf(looked, 'cross', crossGrid)
  return {
    kind: layer ? 'layer' : resolution ? 'resolution' : 'all',
    self: { layers: self, head, timestep },
    cross: { layers: cross, head, timestep },
    key: `${self.join(' ')} ${head ?? ''} ${timestep ?? ''}`,
    grid: layer?.grid ?? resolution ?? looked.grid,
    crossGrid,
    ...(layer && { number: index + 1 }),
    ...{ heads: layer?.heads ?? 0, head, timestep, direction: choice.direction === 'to' ? 'to' : 'from', token: choice.token },
  }
}

/** The pixels that a choice has pinned, as far as they lie in the picture. */
export function pinsOf({ pins }: AttentionChoice, { width, height }: Pick<Looked, 'width' | 'height'>): [x: number, y: number][] {
  const isInside = (place: unknown, length: number) => typeof place === 'number' && place >= 0 && place < length
  return Array.isArray(pins) ? pins.filter((pin) => Array.isArray(pin) && isInside(pin[0], width) && isInside(pin[1], height)) : []
}

/** The cell of a grid in which a pixel lies, as the library counts them. */
export function cellOf(x: number, y: number, { width, height }: Pick<Looked, 'width' | 'height'>, { h, w }: Grid): number {
  return Math.floor(((Math.floor(y) + 0.5) * h) / height) * w + Math.floor(((Math.floor(x) + 0.5) * w) / width)
}

function namesOf({ layers }: Pick<Looked, 'layers'>, kind: 'self' | 'cross', grid: Grid): string[] {
  return layers.filter((layer) => layer.kind === kind && gridName(layer.grid) === gridName(grid)).map(({ name }) => name)
}
