/** @file What the page may ask of the worker, and what it is told. Pixels are transferred. */
import type {
  AttentionQuestion,
  BackendKind,
  CellAttention,
  Latent,
  LayerInfo,
  MergeTree,
  ModelLayers,
  NoiseShares,
  Parameters,
  ProminenceMap,
  ProposalMaps,
  Question,
  ResolutionWeight,
  RgbRaster,
  Segmentation,
  SegmentOptions,
  Stage,
} from 'adzus'

/** A grid of cells. */
export type Grid = LayerInfo['grid']

/** Where a model comes from: nothing for the embedded one, files of the disk, an id of the hub. */
export type ModelSource = { kind: 'embedded' } | { kind: 'files'; files: File[] } | { kind: 'hub'; id: string }

/** What is known of a model and its device once it is loaded. */
export interface ModelInfo {
  label: string
  backend: 'cpu' | 'webgpu'
  /** In words: the adapter, or the threads. */
  description: string
  threads: number
  /** What to know about the choice of the device, for example why it is not the graphics card. */
  notes: string[]
  defaults: Parameters
  layers: ModelLayers['layers']
}

/** What may be chosen before the networks run: another choice needs another look. */
export type LookOptions = Pick<SegmentOptions, 'size' | 'timesteps' | 'noise' | 'denoise' | 'prompt' | 'preset' | 'channel' | 'window'>

/** A picture that the networks have seen. */
export interface Looked {
  /** Names it in further calls. */
  view: number
  width: number
  height: number
  /** RGB, row by row. */
  image: Uint8Array<ArrayBuffer>
  grid: Grid
  layers: LayerInfo[]
  parameters: Parameters
  notes: string[]
}

/** A segmentation without the picture. */
export type Result = Omit<Segmentation, 'image'>

/** Attention of all cells: [queries, keys], row by row. */
export interface WholeMap {
  layer: string | null
  head: number | null
  grid: Grid
  /** Null where the keys are words. */
  keys: Grid | null
  values: Float32Array<ArrayBuffer>
}

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
  grid: Grid
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
  proposals: ProposalMaps[]
}

/** Each call: what is asked and what is answered. */
export interface Calls {
  load: { ask: { source: ModelSource; backend: BackendKind }; answer: ModelInfo }
  /** `keep`: further views that are still needed; all others are given up. */
  look: { ask: { picture: Blob; name: string; options: LookOptions; keep?: number[] }; answer: Looked }
  segment: { ask: { view: number; question: Question }; answer: Result }
  map: { ask: { view: number } & Pick<AttentionQuestion, 'layer' | 'head' | 'timestep'>; answer: WholeMap }
  /** The picture as the networks saw it. */
  input: { ask: { view: number }; answer: RgbRaster }
  latents: { ask: { view: number; timestep: number }; answer: Latents }
  rows: { ask: { view: number; x: number; y: number }; answer: Rows }
  /** `most`: the longest side of the small picture. */
  matrix: { ask: { view: number; most: number }; answer: Matrix }
  merging: { ask: { view: number; method: Parameters['method'] }; answer: Merging }
  prominence: { ask: { view: number }; answer: ProminenceMap }
}

export type CallName = keyof Calls
export type Ask<K extends CallName> = Calls[K]['ask']
export type Answer<K extends CallName> = Calls[K]['answer']

/** How far a call is. */
export interface Progress {
  /** The stage that begins, or a file that is read. */
  stage: Stage | 'load'
  /** Milliseconds that the stage before took, by its name. */
  timings: Partial<Record<Stage | 'load', number>>
  /** Of bytes that are fetched; absent where it is not known. */
  fraction?: number
}

/** What went wrong, as it crosses to the page. */
export interface Failure {
  message: string
  /** `gone`: the worker or its device is lost, a new one has to start. */
  kind: 'wrong' | 'stopped' | 'gone'
}

/** From the page. */
export type Order = { [K in CallName]: { id: number; call: K; ask: Ask<K> } }[CallName] | { id: number; call: 'stop' }

/** To the page. */
export type Report =
  | { id: number; kind: 'progress'; progress: Progress }
  | { id: number; kind: 'answer'; answer: Answer<CallName> }
  | { id: number; kind: 'failed'; failure: Failure }
