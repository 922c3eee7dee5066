/** @file One choice of several, as native radio buttons: arrow keys go from one to the next. */
import { fill, h } from '../../dom.ts'

export interface Option {
  value: string
  label: Node | string
  /** Where the label alone does not say it. */
  title?: string
  className?: string
}

/** Options in one row, or in rows of their own with a heading. */
export interface OptionGroup {
  heading?: string
  options: Option[]
}

export class Radios {
  readonly element: HTMLFieldSetElement
  readonly #name: string
  readonly #rows = h('div', { className: 'rows' })
  readonly #onChoose: (value: string) => void
  #known = ''

  /** @param name of the choice within the page */
  constructor(name: string, legend: string, onChoose: (value: string) => void) {
    this.#name = name
    this.#onChoose = onChoose
    this.element = h('fieldset', { className: `radios ${name}` }, h('legend', {}, legend), this.#rows)
  }

  /** Shows these options; with fewer than two there is nothing to choose. */
  show(groups: OptionGroup[], value: string): void {
    const known = JSON.stringify(groups.map(({ heading, options }) => [heading, options.map((option) => [option.value, option.title])]))
    if (known !== this.#known) {
      this.#known = known
      fill(this.#rows, ...groups.map((group) => this.#rowOf(group)))
    }
    this.element.hidden = groups.reduce((sum, { options }) => sum + options.length, 0) < 2
    for (const input of this.#rows.querySelectorAll('input')) input.checked = input.value === value
  }

  #rowOf({ heading, options }: OptionGroup): HTMLElement {
    const chips = options.map(({ value, label, title, className = '' }) => {
      const input = h('input', { type: 'radio', name: this.#name, value, onchange: () => this.#onChoose(value) })
      if (title) input.setAttribute('aria-label', title)
      return h('label', { className: `chip ${className}`, title: title ?? '' }, input, label)
    })
    return h(
      'div',
      { className: 'options' },
      heading && h('span', { className: 'heading', 'aria-hidden': 'true' }, heading),
      h('div', { className: 'chips' }, ...chips),
    )
  }
}
