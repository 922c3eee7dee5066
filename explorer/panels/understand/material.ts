/** @file What the stages show of one picture: asked of the worker once, kept while it is in sight. */
import type { Aggregation } from 'adzus'
import type { Answer, Ask, CallName, Looked, Result } from '../../engine/calls.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Point } from '../../stage/points.ts'
import type { Stage } from '../../stage/stage.ts'
import { smallPicture } from './drawing.ts'

/** Of small pictures of the whole, in pixels. */
const SMALL = 480

/** Answers of each look; they go when it goes. */
const answers = new WeakMap<Looked, Map<string, Promise<unknown>>>()

export class Material {
  readonly looked: Looked
  readonly result: Result
  readonly #engine: Engine
  readonly #stage: Pick<Stage, 'at' | 'canvases'>
  #small: HTMLCanvasElement | undefined

  /** @param stage which shows the picture, and where the crosshair is */
  constructor(engine: Engine, looked: Looked, result: Result, stage: Pick<Stage, 'at' | 'canvases'>) {
    this.#engine = engine
    this.looked = looked
    this.result = result
    this.#stage = stage
  }

  /** The pixel under the crosshair; in the middle while there is none. */
  get at(): Point {
    return this.#stage.at ?? { x: Math.floor(this.looked.width / 2), y: Math.floor(this.looked.height / 2) }
  }

  /** What the aggregated map of the answer in sight is made of. */
  get choice(): Aggregation {
    const { resolutions, layers, heads, weights, timesteps } = this.result.parameters
    return { resolutions, layers, heads, weights, timesteps }
  }

  /** The picture, small. */
  get small(): HTMLCanvasElement {
    this.#small ??= smallPicture(this.#stage.canvases.picture, SMALL)
    return this.#small
  }

  /** Asks about this look; the same question is asked once. @throws EngineError */
  async ask<K extends CallName>(call: K, question: Omit<Ask<K>, 'view'>): Promise<Answer<K>> {
    const known = answers.get(this.looked) ?? new Map<string, Promise<unknown>>()
    answers.set(this.looked, known)
    const key = `${call} ${JSON.stringify(question)}`
    const asked = known.get(key) ?? this.askAnew(call, question)
    known.set(key, asked)
    asked.catch(() => known.delete(key))
    return asked as Promise<Answer<K>>
  }

  /** The same without keeping the answer. */
  askAnew<K extends CallName>(call: K, question: Omit<Ask<K>, 'view'>): Promise<Answer<K>> {
    return this.#engine.ask(call, { view: this.looked.view, ...question } as unknown as Ask<K>)
  }
}
