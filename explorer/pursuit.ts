/**
 * @file Steps that keep up with what they depend on: each is done again when its inputs change, in
 * their order. A step under way is stopped only if its own inputs are others by then; several
 * changes in the meantime count once.
 */

export interface Step {
  name: string
  /** What it depends on, compared one by one; undefined while it cannot be done. */
  inputs(): readonly unknown[] | undefined
  /**
   * Those of its inputs whose change stops it while it is under way; after a change of others it
   * comes to its end before it is done again. Default: all.
   */
  stoppedBy?(): readonly unknown[] | undefined
  run(signal: AbortSignal): Promise<void>
}

export class Pursuit {
  readonly #steps: readonly Step[]
  readonly #onEnd: (error: unknown, step: string) => void
  /** The inputs that each step was last done, tried or stopped with. */
  readonly #done = new Map<string, readonly unknown[]>()
  #current: { step: Step; inputs: readonly unknown[]; stoppedBy: readonly unknown[]; controller: AbortController } | undefined

  /**
   * @param onEnd called when everything is done or was stopped, with undefined, or with the error
   *   of a step and the step's name
   */
  constructor(steps: readonly Step[], onEnd: (error: unknown, step: string) => void) {
    this.#steps = steps
    this.#onEnd = onEnd
  }

  /** The run of a step that is under way, to tell it from others; undefined while there is none. */
  get current(): object | undefined {
    return this.#current
  }

  /** Call it after every change. */
  changed(): void {
    if (!this.#current) {
      if (this.#next()) void this.#pursue()
      return
    }
    const { step, stoppedBy, controller } = this.#current
    if (!same(stoppersOf(step), stoppedBy)) controller.abort()
  }

  /** Stops the step under way, and does not begin it again before its inputs change. */
  stop(): void {
    if (!this.#current) return
    this.#done.set(this.#current.step.name, this.#current.inputs)
    this.#current.controller.abort()
  }

  /** Does everything once more, from a step on. */
  again(name: string): void {
    const from = this.#steps.findIndex((step) => step.name === name)
    for (const step of this.#steps.slice(from)) this.#done.delete(step.name)
    this.changed()
  }

  async #pursue(): Promise<void> {
    let failure: { error: unknown; step: string } | undefined
    for (let step = this.#next(); step && !failure; step = this.#next()) {
      const inputs = step.inputs()!
      const controller = new AbortController()
      this.#current = { step, inputs, stoppedBy: stoppersOf(step)!, controller }
      try {
        await step.run(controller.signal)
        this.#done.set(step.name, inputs)
      } catch (error) {
        if (!controller.signal.aborted) {
          this.#done.set(step.name, inputs)
          failure = { error, step: step.name }
        }
      }
    }
    this.#current = undefined
    this.#onEnd(failure?.error, failure?.step ?? '')
  }

  #next(): Step | undefined {
    return this.#steps.find((step) => {
      const inputs = step.inputs()
      return inputs !== undefined && !same(inputs, this.#done.get(step.name))
    })
  }
}

const stoppersOf = (step: Step) => (step.stoppedBy ? step.stoppedBy() : step.inputs())

const same = (a: readonly unknown[] | undefined, b: readonly unknown[] | undefined) =>
  a !== undefined && b !== undefined && a.length === b.length && a.every((one, i) => Object.is(one, b[i]))
