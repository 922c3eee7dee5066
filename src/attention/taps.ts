/**
 * @file Taps of the segmentation: what is kept of the attention while the UNet runs.
 *
 * `ResolutionMeans` adds the head mean of every chosen self-attention layer to one map of its
 * resolution, on the device: at 64×64 that is one buffer of 64 MiB however many layers and heads
 * there are. Each is weighted as the aggregation wants it. `WordAttention` does the same for the
 * cross-attention to the words of a text. `ChosenMaps` keeps single layers and heads for whoever
 * wants to look at them.
 */
import { type Backend, type Grid, imageScores, release, type ScoreInputs } from '../tensor/index.ts'
import type { AttentionLayer, AttentionTap } from '../unet/taps.ts'
import { resolutionWeight } from './aggregate.ts'
import { BandedMap } from './banded-map.ts'
import { type Selection, select } from './select.ts'

const gridKey = ({ h, w }: Grid) => `${h}×${w}`

/**
 * Mean over layers, heads and passes, times the resolution's weight: a map for each resolution and
 * each image of a batch.
 */
class Means implements AttentionTap {
  readonly #backend: Backend
  readonly #names: Set<string>
  readonly #counts = new Map<string, number>()
  readonly #heads: number[] | null
  readonly #passes: number
  readonly #weight: (grid: Grid) => number
  readonly #maps = new Map<string, BandedMap[]>()

  constructor(
    backend: Backend,
    chosen: readonly AttentionLayer[],
    heads: number[] | null,
    passes: number,
    weight: (grid: Grid) => number = () => 1,
  ) {
    this.#backend = backend
    this.#heads = heads
    this.#passes = passes
    this.#weight = weight
    this.#names = new Set(chosen.map((l) => l.name))
    for (const { grid } of chosen) this.#counts.set(gridKey(grid), (this.#counts.get(gridKey(grid)) ?? 0) + 1)
  }

  wants({ name }: AttentionLayer): boolean {
    return this.#names.has(name)
  }

  take({ grid, heads }: AttentionLayer, scores: ScoreInputs): void {
    const key = gridKey(grid)
    const [batch, keys] = scores.k.shape
    let maps = this.#maps.get(key)
    if (!maps) {
      maps = Array.from({ length: batch }, () => BandedMap.zeros(this.#backend, grid, keys, `attention ${key}`))
      this.#maps.set(key, maps)
    }
    const used = this.#heads ?? Array.from({ length: heads }, (_, i) => i)
    const share = this.#weight(grid) / (used.length * this.#counts.get(key)! * this.#passes)
    const weights = Array.from({ length: heads }, (_, i) => (used.includes(i) ? share : 0))
    for (const [image, map] of maps.entries()) {
      if (batch === 1) map.add(scores, weights)
      else {
        const own = imageScores(scores, image)
        map.add(own, weights)
        release(own.q, own.k, own.stats)
      }
    }
  }

  /**
   * The map of each resolution for one image of the batch, the finest first; the caller disposes
   * them.
   */
  results(image = 0): BandedMap[] {
    return [...this.#maps.values()].map((maps) => maps[image]).sort((a, b) => b.queries - a.queries)
  }
}

/**
 * The mean self-attention of every resolution, times its weight in the aggregated map. `passes`:
 * how many forward passes will be averaged.
 */
export class ResolutionMeans extends Means {
  constructor(backend: Backend, layers: readonly AttentionLayer[], selection: Selection, passes: number) {
    const chosen = select(layers, 'self', selection)
    const grids = new Map(chosen.map(({ grid }) => [gridKey(grid), grid]))
    super(backend, chosen, selection.heads, passes, resolutionWeight([...grids.values()]))
  }
}

/** The mean cross-attention of every resolution to every token of the context. */
export class WordAttention extends Means {
  constructor(backend: Backend, layers: readonly AttentionLayer[], passes: number) {
    super(backend, select(layers, 'cross', { resolutions: null, layers: null, heads: null }), null, passes)
  }
}

/** One head of one layer. */
export interface HeadMap {
  layer: AttentionLayer
  head: number
  map: BandedMap
}

/** Single heads of single layers. */
export class ChosenMaps implements AttentionTap {
  readonly maps: HeadMap[] = []
  readonly #backend: Backend
  readonly #names: Set<string>
  readonly #heads: number[] | null

  constructor(backend: Backend, chosen: readonly AttentionLayer[], heads: number[] | null) {
    this.#backend = backend
    this.#names = new Set(chosen.map((l) => l.name))
    this.#heads = heads
  }

  wants({ name }: AttentionLayer): boolean {
    return this.#names.has(name)
  }

  take(layer: AttentionLayer, scores: ScoreInputs): void {
    for (let head = 0; head < layer.heads; head++) {
      if (this.#heads && !this.#heads.includes(head)) continue
      const map = BandedMap.zeros(this.#backend, layer.grid, scores.k.shape[1], layer.name)
      const weights = Array.from({ length: layer.heads }, (_, i) => (i === head ? 1 : 0))
      map.add(scores, weights)
      this.maps.push({ layer, head, map })
    }
  }

  dispose(): void {
    for (const { map } of this.maps) map.dispose()
  }
}

/** Several taps as one. */
export function joinTaps(...taps: AttentionTap[]): AttentionTap {
  return {
    wants: (layer) => taps.some((t) => t.wants(layer)),
    take: (layer, scores) => {
      for (const tap of taps) if (tap.wants(layer)) tap.take(layer, scores)
    },
  }
}
