/** @file Cells that stay in sight, side by side, to be compared. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { Heat } from '../../stage/heat.ts'
import type { Stage } from '../../stage/stage.ts'
import { text } from '../../text/index.ts'
import { shortCaption } from './caption.ts'
import { pinsOf } from './chosen.ts'
import type { Seen } from './seeing.ts'
import { paintSmall, smallCanvas } from './small-pictures.ts'

/** More would be too small to compare. */
export const MOST_PINS = 3

export class Pins {
  readonly element = h('section', { className: 'pins' })
  readonly #explorer: Explorer
  readonly #stage: Stage
  readonly #heat = new Heat()
  readonly #list = h('ol', { className: 'small-pictures' })
  #figures: { canvas: HTMLCanvasElement; caption: HTMLElement }[] = []
  #known = ''

  constructor(explorer: Explorer, stage: Stage) {
    this.#explorer = explorer
    this.#stage = stage
    fill(this.element, h('h2', {}, text.look.pins), h('p', { className: 'hint' }, text.look.pinHint(MOST_PINS)), this.#list)
  }

  /** Keeps a pixel; the oldest one goes where there are too many. */
  add(x: number, y: number): void {
    const { attention, looked } = this.#explorer.value
    if (!looked) return
    const others = pinsOf(attention, looked).filter((pin) => pin[0] !== x || pin[1] !== y)
    this.#set([...others, [x, y] as [number, number]].slice(-MOST_PINS))
  }

  /**
   * Paints what is known of each, all with the same scale of colours.
   * @param see what the attention of a pixel is; undefined while that is fetched
   */
  paint(pins: readonly (readonly [x: number, y: number])[], see: (x: number, y: number) => Seen | undefined): void {
    this.#build(pins)
    const seen = pins.map(([x, y]) => see(x, y))
    const end = Math.max(...seen.map((one) => one?.levels.end ?? 0))
    for (const [i, one] of seen.entries()) {
      if (!one) continue
      const { canvas, caption } = this.#figures[i]
      paintSmall(canvas, this.#stage, this.#heat, { values: one.values, grid: one.chosen.grid, end }, pins[i])
      caption.textContent = `${i + 1}. ${shortCaption(one.at, one.chosen.direction, one.most)}`
      canvas.setAttribute('aria-label', one.caption)
    }
  }

  #build(pins: readonly (readonly [x: number, y: number])[]): void {
    const { width, height } = this.#stage
    const known = JSON.stringify([pins, width, height])
    if (known === this.#known) return
    this.#known = known
    this.#figures = pins.map(() => ({ canvas: smallCanvas(this.#stage), caption: h('p') }))
    const items = this.#figures.map(({ canvas, caption }, i) => {
      const remove = h('button', { type: 'button', 'aria-label': text.look.unpin(i + 1), onclick: () => this.#remove(i) }, text.look.remove)
      return h('li', {}, canvas, caption, remove)
    })
    fill(this.#list, ...items)
  }

  #remove(index: number): void {
    const { attention, looked } = this.#explorer.value
    if (looked) this.#set(pinsOf(attention, looked).filter((_, i) => i !== index))
    const buttons = this.#list.querySelectorAll('button')
    buttons[Math.min(index, buttons.length - 1)]?.focus()
  }

  #set(pins: [number, number][]): void {
    this.#explorer.set({ attention: { ...this.#explorer.value.attention, pins } })
  }
}
