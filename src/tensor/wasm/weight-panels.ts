/**
 * @file Weights in the order in which products read them: panels of 8 rows, in place.
 *
 *     by rows:    row 0: w₀ w₁ w₂ …      in a panel:   w₀ of rows 0 … 7
 *                 row 1: w₀ w₁ w₂ …                    w₁ of rows 0 … 7
 *                 …                                    …
 *
 * Eight rows and their panel are the same stretch of memory, so the order costs none. A *word* is
 * 32 bits: one f32, or two f16 that follow one another along k.
 *
 * A weight that the host has written is put in order when it is multiplied with for the second
 * time: where it is needed once only, that would take longer than it saves. All of this is decided
 * while commands run, not while they are recorded: what was dropped behind a failed command has not
 * happened. Whoever else asks for the numbers gets them by rows again (`restore`), for good.
 */
import type { Block } from '../host/engine.ts'
import { TILE_COLUMNS } from './gemm/micro-kernel.ts'

/** A matrix of weights, as rows of words. */
export interface WeightShape {
  rows: number
  words: number
}

/** What is known of a block that the host has written. */
type State = 'unused' | 'used' | 'by rows' | WeightShape

export class WeightPanels {
  readonly #states = new WeakMap<Block, State>()

  /** The host is going to write a block: it may be a weight. */
  written(block: Block): void {
    this.restore(block)
    if (!this.#states.has(block)) this.#states.set(block, 'unused')
  }

  /**
   * A product is going to read a block as a weight: whether it is in panels, or by rows, or is to
   * be put into panels right now. The number of rows must be a multiple of 8.
   */
  use(block: Block, { rows, words }: WeightShape): 'panels' | 'rows' | 'arrange' {
    const state = this.#states.get(block)
    if (state === 'unused') this.#states.set(block, 'used')
    if (state === 'used') {
      this.#states.set(block, { rows, words })
      return 'arrange'
    }
    if (typeof state !== 'object') return 'rows'
    if (state.rows === rows && state.words === words) return 'panels'
    this.restore(block)
    return 'rows'
  }

  /** Puts a block's numbers back by rows, where they are in panels. */
  restore(block: Block): void {
    const state = this.#states.get(block)
    if (typeof state !== 'object') return
    const { buffer, offset } = block
    panelsToRows(new Uint32Array(buffer, offset, state.rows * state.words), state.words)
    this.#states.set(block, 'by rows')
  }
}

/**
 * Turns panels of 8 rows back into rows, in place.
 *
 * @param words of all panels: their number is a multiple of 8 · length
 * @param length words of a row
 * @example
 * ```ts
 * const words = Uint32Array.of(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15)
 * panelsToRows(words, 2)
 * console.log(words.join()) // 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
 * ```
 */
export function panelsToRows(words: Uint32Array, length: number): void {
  const panel = new Uint32Array(TILE_COLUMNS * length)
  for (let start = 0; start < words.length; start += panel.length) {
    panel.set(words.subarray(start, start + panel.length))
    for (let row = 0, to = start; row < TILE_COLUMNS; row++)
      for (let from = row; from < panel.length; from += TILE_COLUMNS) words[to++] = panel[from]
  }
}
