/** @file What the tree is drawn from, kept up with the settings while somebody looks at it. */
import type { Merges, Proposals } from 'adzus'
import { EngineError } from '../../../engine/engine.ts'
import { type Explorer, labelling } from '../../../explorer.ts'
import { Pursuit } from '../../../pursuit.ts'
import { Store } from '../../../store.ts'
import { shortForm } from '../choices.ts'
import { thresholdsOf } from '../thresholds.ts'

interface Known {
  merges?: Merges
}

export class TreeSource extends Store<Known> {
  readonly #explorer: Explorer
  readonly #pursuit: Pursuit
  #wanted = false
  /** The proposals that were asked for last, by what they depend on. */
  #proposals: { key: string; maps: Promise<Proposals> } | undefined

  constructor(explorer: Explorer) {
    super({})
    this.#explorer = explorer
    const inputs = () => {
      const { looked, question, grouped, activity } = explorer.value
      // Segments and mask come first.
      return this.#wanted && looked && grouped && !activity ? [looked, JSON.stringify(labelling(question))] : undefined
    }
    const stoppedBy = () => (this.#wanted ? [explorer.value.looked] : undefined)
    const run = async (signal: AbortSignal) => {
      const { looked, question } = explorer.value
      this.set({ merges: await explorer.engine.ask('merges', { view: looked!.view, question: labelling(question) }, { signal }) })
    }
    // What is wrong with the question is said where the segments are asked for.
    this.#pursuit = new Pursuit([{ name: 'merges', inputs, stoppedBy, run }], () => {})
    explorer.watch(['looked', 'question', 'grouped', 'activity'], () => this.#pursuit.changed())
    explorer.watch(['looked'], () => this.set({ merges: undefined }))
  }

  /** Whether the tree is in sight. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted
    this.#pursuit.changed()
  }

  /**
   * The map of a proposal that a round began with.
   * @param round from 0, the first in which proposals merge
   */
  async proposal(round: number, index: number): Promise<{ values: Float32Array; grid: Proposals['grid'] } | undefined> {
    const { looked, question } = this.#explorer.value
    if (!looked) return undefined
    const asked = { ...labelling(shortForm(question)), thresholds: thresholdsOf(this.#explorer).slice(0, round + 1), refine: false }
    const key = JSON.stringify([looked.view, asked])
    if (this.#proposals?.key !== key)
      this.#proposals = { key, maps: this.#explorer.engine.ask('proposals', { view: looked.view, question: asked }) }
    try {
      const { values, grid } = await this.#proposals.maps
      const cells = grid.h * grid.w
      return this.#proposals.key === key ? { values: values.subarray(index * cells, (index + 1) * cells), grid } : undefined
    } catch (error) {
      // The picture has changed meanwhile, or its question is wrong and says so elsewhere.
      if (error instanceof EngineError) return undefined
      throw error
    }
  }
}
