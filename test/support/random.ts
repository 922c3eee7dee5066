/** @file Seeded random numbers, so that a failing case can be repeated. */
import { uniform } from '../../src/random.ts'

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
  const next = uniform(seed)
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    int,
    pick: (list) => list[int(0, list.length - 1)],
    chance: (p = 0.5) => next() < p,
    floats: (count, low = -1, high = 1) => Float32Array.from({ length: count }, () => low + next() * (high - low)),
  }
}
