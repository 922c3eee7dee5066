/** @file What a look knows besides attention: what went in, and what counts how much. */
import { countedLayers, resolutionWeight, type Weighting } from '../../attention/weights.ts'
import type { RgbRaster } from '../../image/raster.ts'
import type { Grid } from '../../tensor/index.ts'
import type { AttentionLayer } from '../../unet/taps.ts'
import type { Parameters } from '../options.ts'

/** What a time step is made of: x_t = signal · x₀ + noise · ε. */
export interface NoiseShares {
  /** √ᾱ_t, 0 to 1. */
  signal: number
  /** √(1 − ᾱ_t), 0 to 1. */
  noise: number
}

/** A resolution of self-attention, as it enters the aggregated map. */
export interface ResolutionWeight {
  grid: Grid
  /** The paths of its layers, in the order in which they run. */
  layers: string[]
  /** Of the aggregated map, 0 to 1; together 1. */
  weight: number
}

/** A picture of −1 … 1 at the network's size as 8-bit RGB, which it was before. */
export function networkInput(values: Float32Array, [width, height]: Parameters['size']): RgbRaster {
  return { width, height, data: Uint8Array.from(values, (value) => Math.round((value + 1) * 127.5)) }
}

/** The resolutions that count, the finest first, with what each counts. */
export function resolutionWeights(layers: readonly AttentionLayer[], weighting: Weighting): ResolutionWeight[] {
  const chosen = countedLayers(layers, weighting).map(({ layer }) => layer)
  const grids = [...new Map(chosen.map(({ grid }) => [`${grid.h}×${grid.w}`, grid])).values()]
  const weight = resolutionWeight(grids, weighting.weights)
  return grids
    .sort((a, b) => b.h * b.w - a.h * a.w)
    .map((grid) => ({
      grid: { ...grid },
      layers: chosen.filter((layer) => layer.grid.h === grid.h && layer.grid.w === grid.w).map(({ name }) => name),
      weight: weight(grid),
    }))
}
