/** @file What the page may ask of the worker, and what it is told. Pixels are transferred. */
import type {
  AttentionQuestion,
  BackendKind,
  LayerInfo,
  ModelLayers,
  Parameters,
  Question,
  Segmentation,
  SegmentOptions,
  Stage,
} from 'adzus'
import type { WayCalls } from './way.ts'

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
  /** Whether its text encoder knows words, so that they can be looked for. */
  knowsWords: boolean
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

/** What is to be saved of a picture, by the names of `--save`. */
export interface ExportAsk {
  view: number
  question: Question
  picture: Blob
  name: string
  save: string[]
  mask?: Uint8Array<ArrayBuffer>
}

/** Each call: what is asked and what is answered. */
export interface Calls extends WayCalls {
  load: { ask: { source: ModelSource; backend: BackendKind }; answer: ModelInfo }
  /** `keep`: further views that are still needed; all others are given up. */
  look: { ask: { picture: Blob; name: string; options: LookOptions; keep?: number[] }; answer: Looked }
  segment: { ask: { view: number; question: Question }; answer: Result }
  /**
   * Files as the command line writes them: one as it is, several in an archive. `mask`: corrected by
   * hand.
   */
  export: { ask: ExportAsk; answer: { name: string; bytes: Uint8Array<ArrayBuffer> } }
  map: { ask: { view: number } & Pick<AttentionQuestion, 'layer' | 'head' | 'timestep'>; answer: WholeMap }
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
