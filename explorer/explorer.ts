/**
 * @file The explorer's state, and what makes it follow the settings: another model is loaded, a
 * changed picture or a choice before the networks makes a new look, a choice behind them a new
 * segmentation.
 */
import type { Looked, ModelInfo, ModelSource, Progress, Result } from './engine/calls.ts'
import { type CallOptions, type Engine, EngineError } from './engine/engine.ts'
import { Pursuit } from './pursuit.ts'
import { fromHash, type Settings, toHash } from './settings.ts'
import { Store } from './store.ts'
import type { Stroke } from './strokes.ts'

/** A picture as it was chosen. */
export interface ChosenPicture {
  name: string
  bytes: Blob
}

export interface State extends Settings {
  source: ModelSource
  model?: ModelInfo
  picture?: ChosenPicture
  looked?: Looked
  result?: Result
  /** Corrections of the mask by hand, over every result of this picture. */
  strokes: readonly Stroke[]
  /** What is under way; absent while nothing is. */
  activity?: Progress & { since: number }
  /** Of the last look or question. */
  timings: Progress['timings']
  /** What went wrong, in a sentence. */
  fault?: string
}

export class Explorer extends Store<State> {
  readonly engine: Engine
  readonly #pursuit: Pursuit
  /** The picture that the strokes belong to. */
  #strokesOf: Blob | undefined

  /** @param hash of the page's address: the settings to begin with */
  constructor(engine: Engine, hash: string) {
    super({ ...fromHash(hash), source: { kind: 'embedded' }, timings: {}, strokes: [] })
    this.engine = engine
    const of = () => this.value
    this.#pursuit = new Pursuit(
      [
        { name: 'load', inputs: () => [of().source, of().backend], run: (signal) => this.#load(signal) },
        {
          name: 'look',
          inputs: () => of().model && of().picture && [of().model, of().picture, of().look],
          run: (signal) => this.#look(signal),
        },
        { name: 'segment', inputs: () => of().looked && [of().looked, of().question], run: (signal) => this.#segment(signal) },
      ],
      (error) => this.#end(error),
    )
    this.watch(['source', 'backend', 'model', 'picture', 'look', 'looked', 'question'], () => this.#pursuit.changed())
  }

  /** The settings as an address holds them. */
  get hash(): string {
    return toHash(this.value)
  }

  /** Stops what is under way; it begins again when something is chosen. */
  stop(): void {
    this.#pursuit.stop()
  }

  /** Tries once more what failed or was stopped. */
  again(): void {
    this.set({ fault: undefined })
    this.#pursuit.again(this.value.model ? 'look' : 'load')
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { source, backend } = this.value
    this.set({ model: undefined, looked: undefined, result: undefined, fault: undefined })
    this.set({ model: await this.engine.ask('load', { source, backend }, this.#options(signal)) })
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { look: options } = this.value
    const { bytes, name } = this.value.picture!
    this.set({ looked: undefined, result: undefined, fault: undefined, ...(bytes !== this.#strokesOf && { strokes: [] }) })
    this.#strokesOf = bytes
    this.set({ looked: await this.engine.ask('look', { picture: bytes, name, options }, this.#options(signal)) })
  }

  async #segment(signal: AbortSignal): Promise<void> {
    const { looked, question } = this.value
    this.set({ fault: undefined })
    this.set({ result: await this.engine.ask('segment', { view: looked!.view, question }, this.#options(signal)) })
  }

  #options(signal: AbortSignal): CallOptions {
    const onProgress = (progress: Progress) =>
      this.set({ activity: { ...progress, since: performance.now() }, timings: { ...this.value.timings, ...progress.timings } })
    return { signal, onProgress }
  }

  #end(error: unknown): void {
    this.set({ activity: undefined })
    if (error === undefined) return
    const fault = error instanceof Error ? error.message : String(error)
    // A worker without its device is of no more use: the next call starts another.
    if (error instanceof EngineError && error.kind === 'gone') {
      this.engine.end(fault)
      this.set({ model: undefined, looked: undefined, result: undefined })
    }
    this.set({ fault })
  }
}
