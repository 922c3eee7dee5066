/** @file The clock of a segmentation: stages one after another, each timed, announced, and begun only while nobody has aborted. */
import type { Backend } from '../tensor/index.ts'
import type { SegmentOptions } from './options.ts'

/** Runs one stage. */
export type RunStage = <T>(stage: string, work: () => Promise<T>) => Promise<T>

export class Stages {
  readonly #backend: Backend
  readonly #options: Pick<SegmentOptions, 'signal' | 'onProgress'>
  readonly #timings: Record<string, number> = {}

  constructor(backend: Backend, options: Pick<SegmentOptions, 'signal' | 'onProgress'>) {
    this.#backend = backend
    this.#options = options
  }

  /** A stage on the device. It ends when the device is through, so that its time means something and a failure is its own. */
  readonly run: RunStage = async (stage, work) => {
    this.#options.signal?.throwIfAborted()
    this.#options.onProgress?.(stage)
    const flushed = async () => {
      const result = await work()
      await this.#backend.flush()
      return result
    }
    return this.time(stage, flushed, { beside: false })
  }

  /** The clock alone, for what happens beside the device. */
  async time<T>(stage: string, work: () => Promise<T>, { beside } = { beside: true }): Promise<T> {
    const start = performance.now()
    const result = await this.#backend.profile.stage(stage, work, { beside })
    this.#timings[stage] = performance.now() - start
    return result
  }

  /** Takes on an equal share of what was done for `count` pictures together. */
  addShare(together: Stages, count: number): void {
    for (const [stage, milliseconds] of Object.entries(together.#timings)) this.#timings[stage] = milliseconds / count
  }

  timings(): Record<string, number> {
    return { ...this.#timings, total: Object.values(this.#timings).reduce((a, b) => a + b, 0) }
  }
}
