/**
 * @file Attention as the page holds it. A map that is not too large comes as a whole, so that
 * following the pointer asks nobody; of larger ones each row is asked for when it is wanted. One
 * question is under way at a time, and of those that wait only the newest is still of interest.
 */
import type { Answer, Ask, CallName } from '../../engine/calls.ts'
import type { CallOptions } from '../../engine/engine.ts'
import { ByteCache } from './byte-cache.ts'
import type { Chosen } from './chosen.ts'

/** Larger maps are not fetched as a whole: 64 × 64 cells would take 64 MiB. */
const WHOLE = 32 * 2 ** 20
/** Of everything that is kept: some maps, or thousands of rows. */
const KEPT = 96 * 2 ** 20

export type AskWorker = <K extends CallName>(call: K, ask: Ask<K>, options?: CallOptions) => Promise<Answer<K>>

interface Job {
  key: string
  run(signal: AbortSignal): Promise<Float32Array>
}

export interface SourceOptions {
  /** Something that was asked for has come. */
  onKnown(): void
  onFault(message: string): void
  /** Bytes of the largest map that is fetched as a whole. */
  whole?: number
}

export class AttentionSource {
  readonly #ask: AskWorker
  readonly #options: SourceOptions
  readonly #cache = new ByteCache(KEPT)
  #view = 0
  #controller = new AbortController()
  #current: Job | undefined
  #next: Job | undefined
  /** Questions that failed are not asked again before `reset`. */
  readonly #failed = new Set<string>()

  constructor(ask: AskWorker, options: SourceOptions) {
    this.#ask = ask
    this.#options = options
  }

  /** Whether something is being fetched. */
  get isBusy(): boolean {
    return this.#current !== undefined
  }

  /** Another look, or another try with the same one. */
  reset(view: number): void {
    this.#controller.abort()
    this.#controller = new AbortController()
    this.#view = view
    this.#current = this.#next = undefined
    this.#failed.clear()
    this.#cache.clear()
  }

  /**
   * Where a cell looks, or who looks there.
   * @param pixel one that lies in the cell
   * @param out gets one value a cell of the grid
   * @returns whether it is known; else it is fetched, and `onKnown` is called
   */
  read(chosen: Chosen, cell: number, pixel: { x: number; y: number }, out: Float32Array): boolean {
    const { self, grid, direction, key } = chosen
    const cells = grid.h * grid.w
    if (4 * cells * cells > (this.#options.whole ?? WHOLE)) {
      const name = `${key} ${direction} ${cell}`
      const { x, y } = pixel
      const ask = { view: this.#view, ...self, x, y, direction }
      const values = this.#get(name, async (signal) => (await this.#ask('meanCell', ask, { signal })).values)
      if (values) out.set(values)
      return values !== undefined
    }
    const map = this.#get(key, async (signal) => (await this.#ask('meanMap', { view: this.#view, ...self }, { signal })).values)
    if (!map) return false
    if (direction === 'from') for (let i = 0, from = cell * cells; i < cells; i++) out[i] = map[from + i]
    else for (let i = 0; i < cells; i++) out[i] = map[i * cells + cell]
    return true
  }

  /** The attention of every cell to every token, [cells, tokens], once it is known. */
  words({ cross, key, crossGrid }: Chosen): Float32Array | undefined {
    const name = `words ${key} ${crossGrid.h}x${crossGrid.w}`
    return this.#get(name, async (signal) => (await this.#ask('meanMap', { view: this.#view, ...cross }, { signal })).values)
  }

  #get(key: string, run: Job['run']): Float32Array | undefined {
    const known = this.#cache.get(key)
    if (known || this.#failed.has(key) || this.#current?.key === key) return known
    this.#next = { key, run }
    if (!this.#current) void this.#work()
    return undefined
  }

  async #work(): Promise<void> {
    const { signal } = this.#controller
    while (this.#next && !signal.aborted) {
      const job = this.#next
      ;[this.#current, this.#next] = [job, undefined]
      try {
        const values = await job.run(signal)
        if (signal.aborted) return
        this.#cache.set(job.key, values)
      } catch (error) {
        if (signal.aborted) return
        this.#failed.add(job.key)
        this.#options.onFault(error instanceof Error ? error.message : String(error))
      }
      this.#current = undefined
      this.#options.onKnown()
    }
  }
}
