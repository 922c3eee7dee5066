/** @file The colours of the heat beside what they stand for. */
import { h } from '../../dom.ts'
import { paintScale } from '../../stage/heat.ts'
import { text } from '../../text/index.ts'
import { percent } from './caption.ts'

export class ColourBar {
  readonly element: HTMLElement
  readonly #middle = h('span')
  readonly #end = h('span')

  constructor() {
    const scale = h('canvas', { width: 256, height: 1, className: 'scale', 'aria-hidden': 'true' })
    paintScale(scale.getContext('2d')!)
    const numbers = h('div', { className: 'numbers' }, h('span', {}, '0 %'), this.#middle, this.#end)
    this.element = h('div', { className: 'colour-bar' }, scale, numbers, h('p', { className: 'hint' }, text.look.bar))
  }

  /** @param end the value of the last colour */
  show(end: number): void {
    this.#middle.textContent = percent(end / 2)
    this.#end.textContent = `${percent(end)} ${text.look.andMore}`
  }
}
