/**
 * @file How a look answers: one question after another as long as it is in use, from the attention
 * that the question chooses.
 */
import { check } from '../../errors.ts'
import type { Method } from '../../grouping/grouping.ts'
import type { AttentionLayer } from '../../unet/taps.ts'
import { type Grouped, groupPixels, type Sight } from '../answer.ts'
import type { AttentionView } from '../cell-attention.ts'
import { checkQuestion } from '../check-options.ts'
import type { Exclusively } from '../exclusively.ts'
import type { Model } from '../model.ts'
import type { Parameters } from '../options.ts'
import type { Picture } from '../picture.ts'
import { Stages } from '../stages.ts'
import type { KeptLook } from './kept-look.ts'
import { type Aggregation, aggregatedBy, askedBy, type Question } from './question.ts'
import type { NamedSight, Sights } from './sights.ts'
import type { PromptToken } from './tokens.ts'

/** What was seen of a picture. */
export interface Seen {
  model: Model
  picture: Picture
  sights: Sights
  kept: KeptLook
  tokens: PromptToken[]
  parameters: Parameters
}

export class Answering {
  readonly #seen: Seen
  readonly #exclusively: Exclusively
  /** The label map that was asked for last, by its method and what was aggregated. */
  readonly #grouped = new Map<string, Grouped>()
  #disposal: Promise<void> | undefined

  constructor(seen: Seen, exclusively: Exclusively) {
    this.#seen = seen
    this.#exclusively = exclusively
  }

  /** Gives up what was seen, after the questions that are under way. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#exclusively(async () => this.#seen.sights.dispose())
    return this.#disposal
  }

  /** Runs a question, unless the view or its model is gone. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    check(this.#disposal === undefined, () => ({ what: 'View', expected: 'a view in use', got: 'one that was disposed' }))
    return this.#exclusively(work)
  }

  /** The same for a question that may be about the aggregated attention. */
  async ofSight<T>(question: Aggregation, work: (sightOf: () => Promise<Sight>) => Promise<T>): Promise<T> {
    const { model, sights } = this.#seen
    const parameters = aggregatedBy(question, this.#seen.parameters, this.layers())
    const { run } = new Stages(model.backend, {})
    return this.alone(() => work(async () => (await sights.of(parameters, run)).sight))
  }

  /** Runs what is about the proposals, and not yet about pixels. */
  async ofProposals<T>(question: Omit<Question, 'foreground'>, work: (sight: Sight, parameters: Parameters) => Promise<T>): Promise<T> {
    const parameters = this.resolve(question)
    const { model, sights } = this.#seen
    return this.alone(async () => work((await sights.of(parameters, new Stages(model.backend, question).run)).sight, parameters))
  }

  /** The options of a question, with nothing left open. */
  resolve(question: Question): Parameters {
    checkQuestion(question)
    const parameters = askedBy(question, this.#seen.parameters, this.layers())
    this.#seen.model.checkRule(parameters.foreground)
    return parameters
  }

  /** The picture's label map; the one that was asked for last is kept. */
  async group({ name, sight }: NamedSight, method: Method, { run }: Stages): Promise<Grouped> {
    const key = JSON.stringify([name, method])
    const known = this.#grouped.get(key)
    if (known) return known
    const grouped = await groupPixels(sight, this.#seen.picture.raster, method, run)
    // The last one is what the next question is likely to be about.
    this.#grouped.clear()
    this.#grouped.set(key, grouped)
    return grouped
  }

  /** Every attention layer, in the order in which they run. */
  layers(): AttentionLayer[] {
    return this.#seen.model.layers(this.#seen.parameters.size)
  }

  /** What there is to be asked. */
  asView(): AttentionView {
    const { width, height } = this.#seen.picture.raster
    const { map, context } = this.#seen.sights.own
    const tokens = context.tensor.shape[1]
    return { width, height, tokens, layers: this.layers(), grid: map.grid, timesteps: this.#seen.parameters.timesteps }
  }
}
