/** @file What was pointed at and corrected, with undo and redo. */
import type { Foreground } from 'adzus'
import type { Explorer } from '../../explorer.ts'
import type { Stroke } from '../../strokes.ts'
import { type Hints, hintsOf, ruleOf } from './hints.ts'
import { History } from './history.ts'

interface Snapshot {
  foreground: Foreground | undefined
  strokes: readonly Stroke[]
}

export class Editor {
  readonly #explorer: Explorer
  readonly #history = new History<Snapshot>()
  readonly #listeners = new Set<() => void>()

  constructor(explorer: Explorer) {
    this.#explorer = explorer
    // What was done to another picture cannot be undone on this one.
    explorer.watch(['picture'], () => {
      this.#history.clear()
      this.#tell()
    })
  }

  get canUndo(): boolean {
    return this.#history.canUndo
  }

  get canRedo(): boolean {
    return this.#history.canRedo
  }

  get hints(): Hints {
    return hintsOf(this.#explorer.value.question.foreground)
  }

  /** Calls `listener` when something can be undone or redone. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  point(hints: Hints): void {
    this.#replace({ ...this.#now, foreground: ruleOf(hints) })
  }

  stroke(stroke: Stroke): void {
    this.#replace({ ...this.#now, strokes: [...this.#now.strokes, stroke] })
  }

  /** Without clicks, box and corrections: what `auto` finds. */
  clear(): void {
    this.#replace({ foreground: undefined, strokes: [] })
  }

  undo(): void {
    this.#put(this.#history.undo(this.#now))
  }

  redo(): void {
    this.#put(this.#history.redo(this.#now))
  }

  get #now(): Snapshot {
    const { question, strokes } = this.#explorer.value
    return { foreground: question.foreground, strokes }
  }

  #replace(next: Snapshot): void {
    this.#history.push(this.#now)
    this.#put(next)
  }

  #put(snapshot: Snapshot | undefined): void {
    if (!snapshot) return
    const { foreground: before, ...others } = this.#explorer.value.question
    const { foreground, strokes } = snapshot
    const question = foreground === before ? {} : { question: { ...others, ...(foreground !== undefined && { foreground }) } }
    this.#explorer.set({ ...question, strokes })
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
