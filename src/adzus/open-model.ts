/** @file A model on its device: one piece of work after another, until it is disposed. */
import type { AppCache } from '#platform'
import { bandsNote } from '../attention/grid.ts'
import type { Note } from '../checkpoint/notes.ts'
import { check } from '../errors.ts'
import { type Backend, exclusively } from '../tensor/index.ts'
import type { Origin } from './dry-run.ts'
import type { Exclusively } from './exclusively.ts'
import type { Model } from './model.ts'
import type { Parameters, SegmentOptions } from './options.ts'

/** What a model was made of, and whom it tells. */
export interface Loaded extends Origin {
  cache?: AppCache
  onNote?: Note
}

export class OpenModel {
  readonly model: Model
  readonly origin: Loaded
  readonly #ownsBackend: boolean
  /** What has been noted of sizes. */
  readonly #noted = new Set<string>()
  #disposal: Promise<void> | undefined

  constructor(model: Model, origin: Loaded, ownsBackend: boolean) {
    this.model = model
    this.origin = origin
    this.#ownsBackend = ownsBackend
  }

  get backend(): Backend {
    return this.model.backend
  }

  /** What is checked and said before any picture is looked at. */
  begin(options: SegmentOptions): Parameters {
    const parameters = this.model.parameters(options)
    const note = bandsNote(this.model.baseGrid(parameters), this.backend.maxTensorBytes)
    if (note && !this.#noted.has(note)) {
      this.#noted.add(note)
      this.warn(note)
    }
    return parameters
  }

  warn(note: string): void {
    this.origin.onNote?.(note, 'warning')
  }

  readonly exclusively: Exclusively = async (work) => {
    check(this.#disposal === undefined, () => ({ what: 'Adzus', expected: 'an instance in use', got: 'one that was disposed' }))
    return exclusively(this.backend, work)
  }

  /** Frees weights and device, after what is under way. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    const { backend } = this
    await exclusively(backend, async () => {
      this.model.dispose()
      if (!this.#ownsBackend) backend.trim()
    })
    if (this.#ownsBackend) await backend.dispose()
  }
}
