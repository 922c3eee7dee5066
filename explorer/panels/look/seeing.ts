/** @file The attention of a pixel, measured: its heat, its levels, and what it says of the segments. */
import type { Looked, Result } from '../../engine/calls.ts'
import type { AttentionSource } from './attention-source.ts'
import { captionOf, labelAt, type MostShare, percent } from './caption.ts'
import { type Chosen, cellOf, gridName } from './chosen.ts'
import { Levels } from './levels.ts'
import { SegmentShares } from './segment-shares.ts'

export interface Seen {
  chosen: Chosen
  cell: number
  at: { x: number; y: number }
  /** One a cell of `chosen.grid`. */
  values: Float32Array
  levels: Levels
  most?: MostShare
  caption: string
}

/** Answers for one look and one result; each of its buffers is used anew for the next answer of the same eye. */
export class Seeing {
  readonly #source: AttentionSource
  #looked: Looked | undefined
  #result: Result | undefined
  readonly #shares = new Map<string, { shares: SegmentShares; sums: Float64Array }>()

  constructor(source: AttentionSource) {
    this.#source = source
  }

  /** What is looked at from now on. */
  follow(looked: Looked | undefined, result: Result | undefined): void {
    if (this.#result !== result) this.#shares.clear()
    this.#looked = looked
    this.#result = result
  }

  /** @returns undefined while it is fetched */
  see(eye: Eye, chosen: Chosen, at: { x: number; y: number }): Seen | undefined {
    const cell = cellOf(at.x, at.y, this.#looked!, chosen.grid)
    const values = eye.values(chosen.grid.h * chosen.grid.w)
    if (!this.#source.read(chosen, cell, at, values)) return undefined
    const most = this.#mostOf(chosen, at, values)
    return { chosen, cell, at, values, levels: eye.levels.of(values), most, caption: captionOf(chosen, at, most) }
  }

  #mostOf(chosen: Chosen, at: { x: number; y: number }, values: Float32Array): MostShare | undefined {
    const { shares, sums } = this.#sharesOf(chosen) ?? {}
    if (!shares || !sums) return undefined
    const label = shares.sum(values, sums)
    return label === 0 ? undefined : { label, share: sums[label], isOwn: labelAt(this.#result, at, this.#looked!) === label }
  }

  #sharesOf({ grid }: Chosen) {
    const result = this.#result
    if (!result || result.width !== this.#looked?.width || result.height !== this.#looked.height) return undefined
    const name = gridName(grid)
    const known = this.#shares.get(name)
    if (known) return known
    const shares = new SegmentShares(result, grid)
    const made = { shares, sums: shares.buffer() }
    this.#shares.set(name, made)
    return made
  }
}

/** The memory in which one cell's attention is seen. */
export class Eye {
  readonly levels = new Levels()
  #values = new Float32Array()

  values(cells: number): Float32Array {
    if (this.#values.length !== cells) this.#values = new Float32Array(cells)
    return this.#values
  }
}

/** The share alone, for the words that are read out. */
export function shareInWords({ most, chosen }: Seen, say: (share: string, label: number, direction: 'from' | 'to') => string): string {
  return most ? say(percent(most.share), most.label, chosen.direction) : ''
}
