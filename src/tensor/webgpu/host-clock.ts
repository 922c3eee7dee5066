/**
 * @file From the device's clock to the host's. How far the two are apart WebGPU does not tell; but
 * work lies between its submission and the news of its end, and each submission narrows that down.
 * At first it is taken to begin as soon as it is submitted; from then on the offset moves as little
 * as those bounds ask for.
 */
import type { Span } from '../profile.ts'

export class HostClock {
  /** Where the device's clock stood at first: differences are exact as numbers. */
  #origin: bigint | undefined
  #offset = Number.NEGATIVE_INFINITY

  /**
   * Begin and length of each dispatch of one submission on the host's clock.
   * @param times nanoseconds on the device's clock, begin and end by turns; at least one of each
   * @param submitted when the work was handed over, on the host's clock (milliseconds)
   * @param done when it was known to have ended
   */
  spans(times: BigInt64Array, submitted: number, done: number): Span[] {
    this.#origin ??= times[0]!
    const origin = this.#origin
    const at = Array.from(times, (time) => Number(time - origin) / 1e6)
    const [earliest, latest] = [submitted - Math.min(...at), done - Math.max(...at)]
    // Where the clocks run at different speeds both bounds may not hold: then the first does.
    this.#offset = Math.max(earliest, Math.min(latest, this.#offset))
    return Array.from({ length: at.length / 2 }, (_, i) => {
      const [begin, end] = [at[2 * i]!, at[2 * i + 1]!]
      return { start: begin + this.#offset, milliseconds: Math.max(0, end - begin) }
    })
  }
}
