/** @file Seeded uniform random numbers (mulberry32): the same on every machine. */

/**
 * Numbers in [0, 1), one a call.
 * @param seed a whole number; of larger ones the lowest 32 bits count
 */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}
