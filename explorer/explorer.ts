/**
 * @file The explorer's state, and what makes it follow the settings: another model is loaded, a
 * changed picture or a choice before the networks makes a new look, a choice behind them a new
 * segmentation.
 */
import type { Labelled, Labelling, Looked, ModelInfo, ModelSource, OpenedFile, Progress, Result } from './engine/calls.ts'
import { type CallOptions, type Engine, EngineError } from './engine/engine.ts'
import { Pursuit } from './pursuit.ts'
import { fromHash, type Settings, toHash } from './settings.ts'
import { Store } from './store.ts'
import type { Stroke } from './strokes.ts'

/** A picture as it was chosen. */
export interface ChosenPicture {
  name: string
  bytes: Blob
  /** Which of the file's images (default: the first). */
  page?: number
  /** Of the samples, where it is one. */
  sample?: string
}

/** What went wrong: in which step, and in a sentence. */
export interface Fault {
  step: string
  kind: EngineError['kind']
  message: string
  /** The option that is to blame. */
  where?: string
}

export interface State extends Settings {
  /** Whether the worker may start: a page that will be isolated waits for that. */
  started: boolean
  source: ModelSource
  model?: ModelInfo
  picture?: ChosenPicture
  /** What was dropped or chosen together; the picture is one of them. */
  files?: readonly File[]
  /** The picture's file, which can be read. */
  opened?: OpenedFile & { picture: ChosenPicture }
  looked?: Looked
  /** The segments, which are known before the mask is; of the result, once it is there. */
  grouped?: Labelled
  result?: Result
  /** Corrections of the mask by hand, over every result of this picture. */
  strokes: readonly Stroke[]
  /** What is under way; absent while nothing is. */
  activity?: Progress & { since: number }
  /** Of the last look or question. */
  timings: Progress['timings']
  /** Whether the person stopped what was under way. */
  stopped: boolean
  /** Milliseconds that the last answers took in the worker: segments, and the mask behind them. */
  took: { labels?: number; mask?: number }
  /** What went wrong, in a sentence. */
  fault?: string
  /** The same, with where. */
  failed?: Fault
  /** What is good to know, in a sentence. */
  notice?: string
  /** Whether the page is there without a network. */
  offline?: boolean
  /** Takes a newer version of the page, where there is one. */
  newer?: () => void
}

export class Explorer extends Store<State> {
  readonly engine: Engine
  readonly #pursuit: Pursuit
  /** The worker was ended within a stage: the next look has to load the model again. */
  #ended = false
  /** The file whose decoding is in the times of a look. */
  #timed: State['opened']
  /** The picture that the strokes belong to. */
  #strokesOf: ChosenPicture | undefined

  /** @param hash of the page's address: the settings to begin with */
  constructor(engine: Engine, hash: string) {
    super({ ...fromHash(hash), started: false, source: { kind: 'embedded' }, timings: {}, took: {}, stopped: false, strokes: [] })
    this.engine = engine
    const of = () => this.value
    this.#pursuit = new Pursuit(
      [
        { name: 'load', inputs: () => (of().started ? [of().source, of().backend] : undefined), run: (signal) => this.#load(signal) },
        { name: 'open', inputs: () => (of().started && of().picture ? [of().picture] : undefined), run: (signal) => this.#open(signal) },
        {
          name: 'look',
          inputs: () => of().model && of().opened && [of().model, of().opened, of().look],
          run: (signal) => this.#look(signal),
        },
        {
          name: 'labels',
          inputs: () => of().looked && [of().looked, JSON.stringify(labelling(of().question))],
          // The segments of every other setting are shown while a slider moves.
          stoppedBy: () => of().looked && [of().looked],
          run: (signal) => this.#label(signal),
        },
        { name: 'segment', inputs: () => of().looked && [of().looked, of().question], run: (signal) => this.#segment(signal) },
      ],
      (error, step) => this.#end(error, step),
    )
    const members = ['started', 'source', 'backend', 'model', 'picture', 'opened', 'look', 'looked', 'question'] as const
    this.watch(members, () => this.#pursuit.changed())
    // What was seen ended with the worker.
    this.watch(['question'], () => this.#ended && this.#pursuit.again('look'))
  }

  /** The settings as an address holds them. */
  get hash(): string {
    return toHash(this.value)
  }

  /** Takes another picture, in the place of the one that is in sight. */
  choose(picture: ChosenPicture): void {
    this.set({ picture, sample: picture.sample ?? '', stopped: false })
  }

  /** Stops what is under way; it begins again when something is chosen. */
  stop(): void {
    const { current } = this.#pursuit
    this.set({ stopped: true })
    this.#pursuit.stop()
    // The library listens between stages: within a longer one the worker itself is ended.
    setTimeout(() => {
      if (!current || this.#pursuit.current !== current) return
      this.engine.end(STOPPED)
      this.#ended = true
      this.set(NOTHING_SEEN)
    }, PATIENCE)
  }

  /** Tries once more what failed or was stopped. */
  again(): void {
    this.set({ ...NO_FAULT, stopped: false })
    this.#pursuit.again(this.value.model ? 'look' : 'load')
  }

  /** What was said to be wrong is known. */
  dismiss(): void {
    this.set(NO_FAULT)
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { source, backend } = this.value
    this.set({ model: undefined, ...NOTHING_SEEN, ...NO_FAULT })
    const model = await this.engine.ask('load', { source, backend }, this.#options(signal))
    this.#ended = false
    this.set({ model })
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { bytes, name, page } = this.value.picture!
    const picture = this.value.picture!
    if (this.value.opened?.picture === picture) return
    this.set(NO_FAULT)
    const opened = await this.engine.ask('open', { picture: bytes, name, page }, this.#options(signal))
    this.set({ opened: { ...opened, picture } })
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { look: options, opened } = this.value
    const { bytes, name, page } = opened!.picture
    const sameStrokes = opened!.picture === this.#strokesOf
    this.set({ ...NOTHING_SEEN, ...NO_FAULT, timings: {}, ...(!sameStrokes && { strokes: [] }) })
    this.#strokesOf = opened!.picture
    if (this.#ended) {
      const { source, backend } = this.value
      await this.engine.ask('load', { source, backend }, this.#options(signal))
      this.#ended = false
    }
    const ask = { picture: bytes, name, page, opened: opened!.opened, options }
    // The file was decoded when it was opened.
    const decode = this.#timed === opened ? 0 : opened!.milliseconds
    this.#timed = opened
    this.set({ looked: await this.engine.ask('look', ask, this.#options(signal, decode)) })
  }

  async #label(signal: AbortSignal): Promise<void> {
    const { looked, question } = this.value
    this.set({ ...NO_FAULT, activity: { stage: 'group', timings: {}, since: performance.now() } })
    const grouped = await this.engine.ask('labels', { view: looked!.view, question: labelling(question) }, this.#options(signal))
    this.set({ grouped, took: { labels: grouped.timings.total } })
  }

  async #segment(signal: AbortSignal): Promise<void> {
    const { looked, question } = this.value
    this.set({ ...NO_FAULT, activity: { stage: 'foreground', timings: {}, since: performance.now() } })
    const result = await this.engine.ask('segment', { view: looked!.view, question }, this.#options(signal))
    this.set({ grouped: result, result, took: { ...this.value.took, mask: result.timings.total } })
  }

  /** @param decode milliseconds that decoding took before */
  #options(signal: AbortSignal, decode = 0): CallOptions {
    const onProgress = (progress: Progress) => {
      const timings = { ...this.value.timings, ...progress.timings }
      if (progress.timings.decode !== undefined) timings.decode = progress.timings.decode + decode
      this.set({ activity: { ...progress, since: performance.now() }, timings })
    }
    return { signal, onProgress }
  }

  #end(error: unknown, step: string): void {
    this.set({ activity: undefined })
    if (error === undefined) return
    const message = error instanceof Error ? error.message : String(error)
    const kind = error instanceof EngineError ? error.kind : 'wrong'
    // A worker without its device is of no more use: the next call starts another.
    if (kind === 'gone') {
      this.engine.end(message)
      this.set({ model: undefined, ...NOTHING_SEEN })
    }
    this.set({ fault: message, failed: { step, kind, message, where: error instanceof EngineError ? error.where : undefined } })
    // A file that cannot be read leaves the picture before where it is.
    if (step === 'open' && kind === 'wrong') {
      const picture = this.value.opened?.picture
      this.set({ picture, sample: picture?.sample ?? '' })
    }
  }
}

/** Milliseconds in which a stage may end by itself after Stop. */
const PATIENCE = 1000
const STOPPED = 'stopped'
const NOTHING_SEEN = { looked: undefined, grouped: undefined, result: undefined } as const
const NO_FAULT = { fault: undefined, failed: undefined } as const

/** What of a question the segments depend on. */
export function labelling(question: State['question']): Labelling {
  const { foreground, wholeSegments, edges, objects, minSize, fillHoles, excludeBorder, ...rest } = question
  return rest
}
