/**
 * @file The stages of a segmentation and their clock: one after another, each timed, announced, and
 * begun only while nobody has aborted.
 */
import type { Backend } from '../tensor/index.ts'
import type { SegmentOptions } from './options.ts'

/**
 * Everything that happens to a picture, in order. Segmenting, batches, dry runs and views take
 * their stages from `collect-attention.ts` (text, vae, unet) and `answer.ts` (aggregate to
 * foreground).
 */
export const STAGES = ['decode', 'text', 'vae', 'unet', 'aggregate', 'group', 'label', 'foreground', 'write'] as const
/** A stage of a picture. */
export type Stage = (typeof STAGES)[number]

/** Runs one stage. */
export type RunStage = <T>(stage: Stage, work: () => Promise<T>) => Promise<T>

/** Milliseconds of each stage that ran; of one that ran several times, together. */
export type Timings = Partial<Record<Stage, number>> & { total: number }

export class Stages {
  readonly #backend: Backend
  readonly #options: Pick<SegmentOptions, 'signal' | 'onProgress'>
  readonly #timings: Partial<Record<Stage, number>> = {}

  constructor(backend: Backend, options: Pick<SegmentOptions, 'signal' | 'onProgress'>) {
    this.#backend = backend
    this.#options = options
  }

  /**
   * A stage on the device. It ends when the device is through, so that its time means something and
   * a failure is its own.
   */
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
  async time<T>(stage: Stage, work: () => Promise<T>, { beside } = { beside: true }): Promise<T> {
    const start = performance.now()
    const result = await this.#backend.profile.stage(stage, work, { beside })
    this.#timings[stage] = (this.#timings[stage] ?? 0) + performance.now() - start
    return result
  }

  /** Takes on an equal share of what was done for `count` pictures together. */
  addShare(together: Stages, count: number): void {
    for (const [stage, milliseconds] of Object.entries(together.#timings)) this.#timings[stage as Stage] = milliseconds / count
  }

  timings(): Timings {
    return { ...this.#timings, total: Object.values(this.#timings).reduce((a, b) => a + b, 0) }
  }
}
