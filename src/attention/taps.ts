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
import { BandedMap } from './banded-map.ts'
import { select } from './select.ts'
import { type Counted, countedLayer, countedLayers, resolutionWeight, type Weighting } from './weights.ts'

const gridKey = ({ h, w }: Grid) => `${h}×${w}`

/**
 * Mean over layers, heads and passes by their factors, times the resolution's weight: a map for
 * each resolution and each image of a batch.
 */
class Means implements AttentionTap {
  readonly #backend: Backend
  /** By name. */
  readonly #counted: Map<string, Counted>
  /** The factors of a resolution's layers, added up. */
  readonly #totals = new Map<string, number>()
  readonly #passes: number
  readonly #weight: (grid: Grid) => number
  readonly #maps = new Map<string, BandedMap[]>()

  constructor(backend: Backend, counted: readonly Counted[], passes: number, weight: (grid: Grid) => number = () => 1) {
    this.#backend = backend
    this.#passes = passes
    this.#weight = weight
    this.#counted = new Map(counted.map((one) => [one.layer.name, one]))
    for (const { layer, factor } of counted) {
      const key = gridKey(layer.grid)
      this.#totals.set(key, (this.#totals.get(key) ?? 0) + factor)
    }
  }

  wants({ name }: AttentionLayer): boolean {
    return this.#counted.has(name)
  }

  take({ name, grid }: AttentionLayer, scores: ScoreInputs): void {
    const key = gridKey(grid)
    const [batch, keys] = scores.k.shape
    let maps = this.#maps.get(key)
    if (!maps) {
      maps = Array.from({ length: batch }, () => BandedMap.zeros(this.#backend, grid, keys, `attention ${key}`))
      this.#maps.set(key, maps)
    }
    const { factor, heads } = this.#counted.get(name)!
    const share = this.#weight(grid) / (heads.reduce((a, b) => a + b) * this.#totals.get(key)! * this.#passes)
    const weights = heads.map((head) => head * factor * share)
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
  constructor(backend: Backend, layers: readonly AttentionLayer[], weighting: Weighting, passes: number) {
    const counted = countedLayers(layers, weighting)
    const grids = new Map(counted.map(({ layer: { grid } }) => [gridKey(grid), grid]))
    super(backend, counted, passes, resolutionWeight([...grids.values()], weighting.weights))
  }
}

/** The mean cross-attention of every resolution to every token of the context. */
export class WordAttention extends Means {
  constructor(backend: Backend, layers: readonly AttentionLayer[], passes: number) {
    const chosen = select(layers, 'cross', { resolutions: null, layers: null, heads: null })
    super(
      backend,
      chosen.map((layer) => countedLayer(layer, null)),
      passes,
    )
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
