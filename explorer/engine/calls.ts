/** @file What the page may ask of the worker, and what it is told. Pixels are transferred. */
import type {
  AttentionQuestion,
  BackendKind,
  Estimate,
  ImageGroup,
  LayerInfo,
  Merges,
  Parameters,
  PromptToken,
  Proposals,
  Question,
  Segmentation,
  SegmentOptions,
  Stage,
} from 'adzus'
import type { WayCalls } from './way.ts'

/** A grid of cells. */
export type Grid = LayerInfo['grid']

/** Where a model comes from: nothing for the embedded one, files of the disk, an id of the hub. */
export type ModelSource = { kind: 'embedded' } | OwnSource

/** A model of the visitor's own. */
export type OwnSource = { kind: 'files'; files: ModelFile[] } | { kind: 'hub'; id: string }

/** A file of the disk; its path begins with the chosen folder's name, or is its own name. */
export interface ModelFile {
  path: string
  file: File
}

/** Why a model runs where it runs: `card` is a graphics card, all others say why there is none. */
export type DeviceReason = 'chosen' | 'card' | 'no-webgpu' | 'no-adapter' | 'software' | 'refused'

/** What is known of a model and its device once it is loaded. */
export interface ModelInfo {
  label: string
  backend: 'cpu' | 'webgpu'
  /** In words: the adapter, or the threads. */
  description: string
  threads: number
  /** Whether its text encoder knows words, so that they can be looked for. */
  knowsWords: boolean
  /** Why this device. */
  reason: DeviceReason
  /** The adapter that was not taken, in words; empty where there is none. */
  adapter: string
  /** Whether the page may share memory with threads. */
  isolated: boolean
  /** What to know about the choice of the device, for example why it is not the graphics card. */
  notes: string[]
  defaults: Parameters
}

/** What may be chosen before the networks run: another choice needs another look. */
export type LookOptions = Pick<SegmentOptions, 'size' | 'timesteps' | 'noise' | 'denoise' | 'prompt' | 'preset' | 'channel' | 'window'>

/** An image of a file: a page, a slice, a frame. */
export interface PageInfo {
  /** As the file names it; empty where it does not. */
  name: string
  width: number
  height: number
}

/** A file that can be read. */
export interface OpenedFile {
  /** Names it in the next call of `look`. */
  opened: number
  pages: PageInfo[]
  /** What is odd about it. */
  notes: string[]
  /** How long reading and decoding took. */
  milliseconds: number
}

/** Of a picture in its file. */
export type StoredFacts = Pick<ImageGroup, 'type' | 'channels' | 'channelNames' | 'window'>

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
  /** What the file's header tells of the picture, where it does. */
  stored?: StoredFacts
  /** Milliseconds of decoding, the networks and what belongs to them. */
  took: number
}

/** A segmentation without the picture. */
export type Result = Omit<Segmentation, 'image'>

/** The segments by themselves, before it is known which part of the picture is foreground. */
export type Labelled = Pick<Result, 'width' | 'height' | 'labels' | 'segments' | 'timings'>

/** What a question says about segments alone; the rest is about the mask. */
export type Labelling = Omit<Question, keyof MaskChoice | 'signal' | 'onProgress'>
type MaskChoice = Pick<Question, 'foreground' | 'wholeSegments' | 'edges' | 'objects' | 'minSize' | 'fillHoles' | 'excludeBorder'>

/** Attention of all cells: [queries, keys], row by row. */
export interface WholeMap {
  layer: string | null
  head: number | null
  grid: Grid
  /** Null where the keys are words. */
  keys: Grid | null
  values: Float32Array<ArrayBuffer>
}

/** Whose attention: the mean of these layers of one grid, or the aggregated map where none are named. */
export interface AttentionOf {
  layers: string[]
  /** Of a single layer. */
  head?: number
  timestep?: number
}

/** One row, column or token of it. */
export type CellOf = AttentionOf & Pick<AttentionQuestion, 'x' | 'y' | 'direction'>

/** What is to be saved of a picture, by the names of `--save`. */
export interface ExportAsk {
  view: number
  question: Question
  picture: Blob
  name: string
  save: string[]
  mask?: Uint8Array<ArrayBuffer>
}

/** What a model needs, beside what the device has; in bytes. */
export interface ModelNeeds extends Estimate {
  /** Pixels for the network that the peak is for. */
  size: [width: number, height: number]
  /** Of all files that loading opens. */
  files: number
  /** The largest tensor that the device takes. */
  largestPossible: number
  /** Of all tensors together, where the device's addresses end. */
  addressable?: number
  /** What the browser admits of the machine's memory: it may have more. */
  machine?: number
  /** Why it does not fit, where it does not. */
  misfit?: { expected: string; got: string }
}

/** Each call: what is asked and what is answered. */
export interface Calls extends WayCalls {
  load: { ask: { source: ModelSource; backend: BackendKind }; answer: ModelInfo }
  /** Which files are read: what their names end with, and what they are called. */
  formats: { ask: Record<string, never>; answer: { extensions: string[]; names: string } }
  /** Reads a file, and decodes one of its images (default: the first). Nothing seen is given up. */
  open: { ask: { picture: Blob; name: string; page?: number }; answer: OpenedFile }
  /**
   * `page`: which of the file's images; `opened`: the file as it was opened before, if it still is.
   * `keep`: further views that are still needed; all others are given up.
   */
  look: { ask: { picture: Blob; name: string; page?: number; opened?: number; options: LookOptions; keep?: number[] }; answer: Looked }
  segment: { ask: { view: number; question: Question }; answer: Result }
  labels: { ask: { view: number; question: Labelling }; answer: Labelled }
  merges: { ask: { view: number; question: Labelling }; answer: Merges }
  /** The maps that a question ends with. */
  proposals: { ask: { view: number; question: Labelling }; answer: Proposals }
  /** What can be saved. */
  outputs: { ask: Record<string, never>; answer: { name: string; help: string; byDefault: boolean }[] }
  /**
   * Files as the command line writes them: one as it is, several in an archive. `mask`: corrected by
   * hand.
   */
  export: { ask: ExportAsk; answer: { name: string; bytes: Uint8Array<ArrayBuffer> } }
  /** Bytes of the device's memory that tensors take, weights included. */
  memory: { ask: Record<string, never>; answer: { live: number } }
  /** A whole map of several layers together; its `layer` is null unless it is one. */
  meanMap: { ask: { view: number } & AttentionOf; answer: WholeMap }
  /** Where one pixel looks, or who looks there, where a whole map would be too large. */
  meanCell: { ask: { view: number } & CellOf; answer: { grid: Grid; values: Float32Array<ArrayBuffer> } }
  /** The tokens of the prompt that cross-attention looks at. */
  tokens: { ask: { view: number }; answer: PromptToken[] }
  /** What a model would need, before anything of its weights is read. */
  estimate: { ask: { source: OwnSource; backend: BackendKind } & Pick<SegmentOptions, 'size'>; answer: ModelNeeds }
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
  /** Bytes that were fetched, and how many there are; absent while nothing is. */
  fetched?: { done: number; total: number }
}

/** What went wrong, as it crosses to the page. */
export interface Failure {
  message: string
  /** `gone`: the worker or its device is lost, a new one has to start. */
  kind: 'wrong' | 'stopped' | 'gone'
  /** The option that is wrong. */
  where?: string
}

/** From the page. */
export type Order = { [K in CallName]: { id: number; call: K; ask: Ask<K> } }[CallName] | { id: number; call: 'stop' }

/** To the page. */
export type Report =
  | { id: number; kind: 'progress'; progress: Progress }
  | { id: number; kind: 'answer'; answer: Answer<CallName> }
  | { id: number; kind: 'failed'; failure: Failure }
