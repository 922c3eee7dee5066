/** @file Seeded random numbers (mulberry32), so that a failing case can be repeated. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** An integer from low to high, both included. */
  int(low: number, high: number): number
  pick<T>(list: readonly T[]): T
  /** Whether something with probability p (default ½) happens. */
  chance(p?: number): boolean
  /** `count` values, uniform in [low, high). */
  floats(count: number, low?: number, high?: number): Float32Array<ArrayBuffer>
}

export function random(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    int,
    pick: (list) => list[int(0, list.length - 1)],
    chance: (p = 0.5) => next() < p,
    floats: (count, low = -1, high = 1) => Float32Array.from({ length: count }, () => low + next() * (high - low)),
  }
}
