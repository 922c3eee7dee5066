/**
 * @file The result that is kept beside the present one: it is made anew where only a link tells of
 * it.
 */
import type { Result } from '../../../engine/calls.ts'
import type { Explorer } from '../../../explorer.ts'
import { Pursuit } from '../../../pursuit.ts'
import type { KeptSettings } from '../../../settings.ts'
import { Store } from '../../../store.ts'
import { withStrokes } from '../../../strokes.ts'
import { isSame } from '../choices.ts'

export interface Kept {
  result: Result
  mask: Uint8Array
}

interface Known {
  kept?: Kept
  fault?: string
}

export class KeptResult extends Store<Known> {
  readonly #explorer: Explorer
  readonly #pursuit: Pursuit
  #wanted = false
  /** What the result that is kept was made of. */
  #of: readonly unknown[] | undefined

  constructor(explorer: Explorer) {
    super({})
    this.#explorer = explorer
    const inputs = () => {
      const { looked, opened, kept, result } = explorer.value
      return this.#wanted && looked && result && isKept(kept) ? [opened, kept] : undefined
    }
    this.#pursuit = new Pursuit([{ name: 'kept', inputs, run: (signal) => this.#make(signal) }], (error) => {
      if (error) this.set({ fault: String(error instanceof Error ? error.message : error) })
    })
    explorer.watch(['looked', 'opened', 'kept', 'result'], ({ kept, opened }) => {
      if (this.#of && !(isKept(kept) && this.#isOf(opened, kept))) this.#forget()
      this.#pursuit.changed()
    })
  }

  /** Whether the panel is open. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted
    this.#pursuit.changed()
  }

  /** Keeps the present result, in place of the one before. */
  keep(): void {
    const { result, question, look, opened, strokes } = this.#explorer.value
    if (!result) return
    const kept = { look, question }
    this.#of = [opened, kept]
    this.set({ kept: { result, mask: withStrokes(result.mask as Uint8Array<ArrayBuffer>, result.width, strokes) }, fault: undefined })
    this.#explorer.set({ kept })
  }

  drop(): void {
    this.#explorer.set({ kept: {} })
  }

  async #make(signal: AbortSignal): Promise<void> {
    const { engine, value } = this.#explorer
    const { opened, kept, look, looked } = value
    if (!opened || !looked || !isKept(kept) || this.#isOf(opened, kept)) return
    let { view } = looked
    if (!isSame(kept.look, look)) {
      const { bytes: picture, name, page } = opened.picture
      view = (await engine.ask('look', { picture, name, page, opened: opened.opened, options: kept.look, keep: [view] }, { signal })).view
    }
    const result = await engine.ask('segment', { view, question: kept.question }, { signal })
    this.#of = [opened, kept]
    this.set({ kept: { result, mask: result.mask }, fault: undefined })
  }

  #isOf(opened: unknown, kept: KeptSettings): boolean {
    return this.#of !== undefined && this.#of[0] === opened && isSame(this.#of[1], kept)
  }

  #forget(): void {
    this.#of = undefined
    this.set({ kept: undefined, fault: undefined })
  }
}

/** Whether settings are kept. */
export function isKept(kept: Partial<KeptSettings>): kept is KeptSettings {
  return kept.question !== undefined && kept.look !== undefined
}
