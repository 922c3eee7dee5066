/**
 * @file The sights of a look: its own, and the last one that a question made by another choice of
 * what is aggregated, without the network. No more than these two are kept.
 */
import { keep } from '../../tensor/index.ts'
import { forget, joinAttention, type Sight } from '../answer.ts'
import { openMeans } from '../collect-attention.ts'
import type { Model } from '../model.ts'
import type { Parameters } from '../options.ts'
import type { RunStage } from '../stages.ts'
import type { KeptLook } from './kept-look.ts'

/** A sight, and what names the choice that it was made by. */
export interface NamedSight {
  name: string
  sight: Sight
}

export class Sights {
  readonly own: Sight
  readonly #model: Model
  readonly #kept: KeptLook
  readonly #name: string
  #other: NamedSight | undefined

  /** @param own by the look's own `parameters`; taken over, as what is kept */
  constructor(model: Model, own: Sight, parameters: Parameters, kept: KeptLook) {
    this.#model = model
    this.own = own
    this.#name = nameOf(parameters)
    this.#kept = kept
  }

  /**
   * The sight of a choice. It lasts until the next one is asked for, whatever becomes of the
   * question.
   */
  async of(parameters: Parameters, run: RunStage): Promise<NamedSight> {
    const name = nameOf(parameters)
    if (name === this.#name) return { name, sight: this.own }
    if (name !== this.#other?.name) {
      this.#forgetOther()
      this.#other = { name, sight: await this.#aggregate(parameters, run) }
    }
    return this.#other
  }

  dispose(): void {
    this.#forgetOther()
    forget(this.own)
    this.#kept.dispose()
  }

  async #aggregate(parameters: Parameters, run: RunStage): Promise<Sight> {
    const { tap, results } = openMeans(this.#model, parameters)
    this.#kept.scores.replay(parameters.timesteps, tap)
    const { context, ofPicture } = this.own
    const sight = await joinAttention(this.#model, { ...results(0), context }, parameters, run)
    // A question that fails later on must not take it along.
    for (const { bands } of [sight.map, ...sight.words]) for (const { map } of bands) keep(map)
    return { ...sight, ofPicture }
  }

  #forgetOther(): void {
    if (this.#other) forget(this.#other.sight)
    this.#other = undefined
  }
}

/** The same for all choices that aggregate alike. */
function nameOf({ resolutions, layers, heads, timesteps, weights }: Parameters): string {
  return JSON.stringify([resolutions, layers, heads, timesteps, weights])
}
