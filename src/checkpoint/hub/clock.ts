/** @file Time, so that tests of waiting need not wait. */
import type { Signal } from '../../signal.ts'

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Waits, or fails with the signal's reason when that is aborted. */
  sleep(milliseconds: number, signal?: Signal): Promise<void>
  /** Does something later unless the function that is returned is called before. */
  after(milliseconds: number, action: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, given) =>
    new Promise((resolve, reject) => {
      const signal = given as AbortSignal | undefined
      signal?.throwIfAborted()
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, milliseconds)
      signal?.addEventListener('abort', stop, { once: true })
    }),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  },
}
