/** @file How far a download is, how fast it goes and how long it will take. */
import type { Clock } from './clock.ts'

export interface DownloadProgress {
  /**
   * What happened last: bytes of a file came, or another process holds it and is waited for, or a
   * failure is tried again.
   */
  state: 'fetching' | 'waiting' | 'retrying'
  file: string
  /** Bytes of all files that are there, those from before included; and all that are needed. */
  done: number
  total: number
  /** Bytes a second over the last seconds; 0 while unknown. */
  rate: number
  /** Seconds to go; undefined while unknown. */
  remaining?: number
  /** Why it is tried again. */
  reason?: string
}

/** The rate is that of this time, so that it follows a change but not every packet. */
const WINDOW = 10_000
/** Nobody reads faster. */
const PAUSE = 100

export class Meter {
  readonly #clock: Clock
  readonly #total: number
  readonly #report: (progress: DownloadProgress) => void
  #done = 0
  /** Bytes that came over the network, by time. */
  #came: { at: number; bytes: number }[]
  #fetched = 0

  constructor(total: number, clock: Clock, report: (progress: DownloadProgress) => void) {
    this.#total = total
    this.#clock = clock
    this.#report = report
    this.#came = [{ at: clock.now(), bytes: 0 }]
  }

  /** Bytes that need not be fetched any more. */
  found(file: string, bytes: number): void {
    this.#done += bytes
    this.#tell('fetching', file)
  }

  fetched(file: string, bytes: number): void {
    this.#done += bytes
    this.#fetched += bytes
    this.#tell('fetching', file)
  }

  /** Bytes that turned out to be of no use. */
  lost(bytes: number): void {
    this.#done -= bytes
  }

  waiting(file: string): void {
    this.#tell('waiting', file)
  }

  retrying(file: string, reason: string): void {
    this.#tell('retrying', file, reason)
  }

  #tell(state: DownloadProgress['state'], file: string, reason?: string): void {
    const now = this.#clock.now()
    if (state === 'fetching' && this.#done < this.#total && now - this.#came.at(-1)!.at < PAUSE) return
    this.#came.push({ at: now, bytes: this.#fetched })
    while (this.#came.length > 2 && this.#came[1].at <= now - WINDOW) this.#came.shift()
    const { at, bytes } = this.#came[0]
    const rate = now > at ? (1000 * (this.#fetched - bytes)) / (now - at) : 0
    const remaining = rate > 0 ? (this.#total - this.#done) / rate : undefined
    this.#report({ state, file, done: this.#done, total: this.#total, rate, remaining, reason })
  }
}
