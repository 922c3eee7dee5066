/**
 * @file Uniform random numbers from a seed, the same on every machine: mulberry32, a 32-bit state
 * run through a mixing function.
 */

/** A source of numbers between 0 and 1, both excluded (so that logarithms are finite). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return (((x ^ (x >>> 14)) >>> 0) + 0.5) / 2 ** 32
  }
}
