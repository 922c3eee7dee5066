/** @file Undo and redo over values that are never changed, only replaced. */

export class History<T> {
  readonly #before: T[] = []
  readonly #after: T[] = []
  readonly #limit: number

  /** @param limit the most steps that can be undone */
  constructor(limit = 200) {
    this.#limit = limit
  }

  get canUndo(): boolean {
    return this.#before.length > 0
  }

  get canRedo(): boolean {
    return this.#after.length > 0
  }

  /** Notes the value that is about to be replaced. */
  push(before: T): void {
    this.#before.push(before)
    if (this.#before.length > this.#limit) this.#before.shift()
    this.#after.length = 0
  }

  /** The value before the last step; undefined where there is none. */
  undo(now: T): T | undefined {
    return step(this.#before, this.#after, now)
  }

  redo(now: T): T | undefined {
    return step(this.#after, this.#before, now)
  }

  clear(): void {
    this.#before.length = 0
    this.#after.length = 0
  }
}

function step<T>(from: T[], to: T[], now: T): T | undefined {
  if (from.length === 0) return undefined
  to.push(now)
  return from.pop()
}
