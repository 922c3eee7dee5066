/** @file A value that tells when it changes. */

type Listener<T> = (now: T, before: T) => void

export class Store<T extends object> {
  #value: T
  readonly #listeners = new Set<Listener<T>>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  /** Replaces some members, and tells everybody if one of them is another than before. */
  set(some: Partial<T>): void {
    const before = this.#value
    const names = Object.keys(some) as (keyof T)[]
    if (names.every((name) => Object.is(before[name], some[name]))) return
    this.#value = { ...before, ...some }
    for (const listener of [...this.#listeners]) listener(this.#value, before)
  }

  /** Calls `listener` after every change of one of these members, and once now. */
  watch(names: readonly (keyof T)[], listener: (now: T) => void): () => void {
    const changed: Listener<T> = (now, before) => {
      if (names.some((name) => !Object.is(now[name], before[name]))) listener(now)
    }
    this.#listeners.add(changed)
    listener(this.#value)
    return () => this.#listeners.delete(changed)
  }
}
