/** @file What a chosen network would need beside what this device has, and the button that loads it. */
import { fill, h } from '../../dom.ts'
import type { LookOptions, ModelNeeds, OwnSource } from '../../engine/calls.ts'
import { EngineError } from '../../engine/engine.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import { nameOf, needsTable, verdictOf } from './needs.ts'

type Size = LookOptions['size']

/** Pixels for the network that are offered beside the model's own. */
const SIZES = [256, 384, 512, 768, 1024]

export class Proposal {
  readonly element = h('section', { className: 'proposal', 'aria-live': 'polite' })
  readonly #explorer: Explorer
  /** Of the question under way. */
  #controller = new AbortController()

  constructor(explorer: Explorer) {
    this.#explorer = explorer
    // What was loaded needs no proposal any more.
    explorer.watch(['source'], () => fill(this.element))
  }

  /**
   * Asks what a network needs for pictures of a size (undefined: of its own). The network in use and its picture stay as
   * they are.
   */
  async ask(source: OwnSource, size: Size): Promise<void> {
    this.#controller.abort()
    this.#controller = new AbortController()
    const { signal } = this.#controller
    const stop = h('button', { type: 'button', onclick: () => this.#controller.abort() }, text.status.stop)
    const name = nameOf(source)
    fill(this.element, h('h2', {}, name), h('p', {}, `${text.weights.asking} `, stop))
    try {
      const needs = await this.#explorer.engine.ask('estimate', { source, backend: this.#explorer.value.backend, size }, { signal })
      if (!signal.aborted) this.#show(source, needs, size)
    } catch (error) {
      if (signal === this.#controller.signal) this.#fail(source, error)
    }
  }

  #show(source: OwnSource, needs: ModelNeeds, size: Size): void {
    const { weights } = text
    const { isPossible, words } = verdictOf(needs, this.#explorer.value.model)
    const load = h(
      'button',
      { type: 'button', className: 'main', disabled: !isPossible, onclick: () => this.#load(source, size) },
      weights.load,
    )
    const parts = [h('h2', {}, nameOf(source)), h('p', { className: isPossible ? 'verdict' : 'verdict fault' }, words)]
    fill(this.element, ...parts, needsTable(needs, source), this.#sizes(source, size), load)
  }

  /** More pixels for the network need more memory. */
  #sizes(source: OwnSource, size: Size): HTMLElement {
    const { weights } = text
    const sides = [undefined, ...SIZES, ...(size === undefined || SIZES.includes(Number(size)) ? [] : [size])]
    const options = sides.map((value) =>
      h(
        'option',
        { value: `${value ?? ''}`, selected: `${value}` === `${size}` },
        value === undefined ? weights.ownSize : weights.sizeOf(value),
      ),
    )
    const select = h('select', { id: 'weights-size' }, ...options)
    select.addEventListener('change', async () => {
      await this.ask(
        source,
        sides.find((value) => `${value ?? ''}` === select.value),
      )
      this.element.querySelector<HTMLElement>('#weights-size')?.focus()
    })
    return h('div', { className: 'origin' }, h('label', { htmlFor: 'weights-size' }, weights.size), select)
  }

  #load(source: OwnSource, size: Size): void {
    const { size: _, ...look } = this.#explorer.value.look
    this.#explorer.set({ source, look: size === undefined ? look : { ...look, size } })
  }

  #fail(source: OwnSource, error: unknown): void {
    const { weights } = text
    const stopped = error instanceof EngineError && error.kind === 'stopped'
    const message = stopped ? weights.stopped : `${error instanceof Error ? error.message : error}`
    const wayOn = stopped ? '' : ` ${weights.wayOn[source.kind]}`
    fill(this.element, h('h2', {}, nameOf(source)), h('p', { className: stopped ? '' : 'fault' }, message), wayOn && h('p', {}, wayOn))
  }
}
