/** @file What the worker tells of the way from a picture to its segments. */
import type {
  Aggregation,
  CellAttention,
  Latent,
  MergeTree,
  NoiseShares,
  Parameters,
  ProminenceMap,
  Proposals,
  ResolutionWeight,
  RgbRaster,
} from 'adzus'

/** The latent of a picture, and what the UNet saw of it at a time step. */
export interface Latents {
  clean: Latent
  seen: Latent
  /** Of the schedule at that time step. */
  shares: NoiseShares
}

/** Where a pixel looks. */
export interface Rows {
  /** In every layer of self-attention, in the order in which they run. */
  layers: CellAttention[]
  /** In the aggregated map. */
  all: CellAttention
}

/** The aggregated map of all cells to all cells, made small. */
export interface Matrix {
  grid: CellAttention['grid'] & object
  /** Of the small picture. */
  side: number
  /** [side, side], row by row: means of blocks. */
  values: Float32Array<ArrayBuffer>
  weights: ResolutionWeight[]
}

/** Who joined whom, and what came of it. */
export interface Merging {
  tree: MergeTree
  /** After each round, the first included. */
  proposals: Proposals[]
}

/** Of which the aggregated map is made. */
interface Chosen {
  view: number
  choice: Aggregation
}

/** The calls about it. */
export interface WayCalls {
  /** The picture as the networks saw it. */
  input: { ask: { view: number }; answer: RgbRaster }
  latents: { ask: { view: number; timestep: number }; answer: Latents }
  rows: { ask: Chosen & { x: number; y: number }; answer: Rows }
  /** `most`: the longest side of the small picture. */
  matrix: { ask: Chosen & { most: number }; answer: Matrix }
  merging: { ask: Chosen & { method: Parameters['method'] }; answer: Merging }
  prominence: { ask: Chosen; answer: ProminenceMap }
}
