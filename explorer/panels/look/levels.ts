/** @file Where a scale of colours ends, and which cells hold a quarter of everything. */
import { endOfSorted } from '../../stage/heat.ts'

/** What the outlined cells hold together. */
const HELD = 0.25

export class Levels {
  /** What is painted as most. */
  end = 0
  /** The cells with this value or more hold a quarter of the sum; infinite where there is nothing. */
  quarter = 0
  #sorted = new Float32Array()

  /** Measures values, without memory of its own but for a first time. */
  of(values: Float32Array): this {
    if (this.#sorted.length !== values.length) this.#sorted = new Float32Array(values.length)
    const sorted = this.#sorted
    sorted.set(values)
    sorted.sort()
    this.end = endOfSorted(sorted)
    let total = 0
    for (let i = 0; i < sorted.length; i++) total += sorted[i]
    let held = 0
    let i = sorted.length
    while (i > 0 && held < HELD * total) held += sorted[--i]
    this.quarter = i === sorted.length ? Number.POSITIVE_INFINITY : sorted[i]
    return this
  }
}
