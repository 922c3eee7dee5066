/**
 * @file A choice on the page: its label, its control, what it is by default, a way back to that,
 * and what the library says against it.
 */
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'
import { isSame } from './choices.ts'
import type { Control } from './controls.ts'

export interface FieldOptions<T> {
  label: string
  hint?: string
  /** Options that errors of this field are about. */
  options: readonly string[]
  control: Control<T>
  /** In words. */
  say(value: T): string
  /** Goes back to the default. */
  reset(): void
}

export interface Field<T> {
  element: HTMLElement
  show(known: { value: T; byDefault: T; usable?: boolean }): void
  /** Shows an error if it is about this field. */
  blame(fault: { message?: string; where?: string }): void
}

export function makeField<T>({ label, hint, options, control, say, reset }: FieldOptions<T>): Field<T> {
  const { input } = control
  const { id } = input
  const wrong = h('p', { className: 'wrong', id: `${id}-wrong`, hidden: true })
  const byDefaultText = h('span', { className: 'by-default', id: `${id}-default` })
  const back = h('button', { type: 'button', className: 'back', onclick: reset, hidden: true }, text.change.back)
  const isBox = input instanceof HTMLInputElement && input.type === 'checkbox'
  const name = h('label', { htmlFor: id }, label)
  const hinted = hint !== undefined && h('p', { className: 'hint', id: `${id}-hint` }, hint)
  input.setAttribute('aria-describedby', [`${id}-wrong`, hinted && `${id}-hint`, `${id}-default`].filter(Boolean).join(' '))
  const head = h('div', { className: 'field-head' }, isBox && control.element, name, byDefaultText, back)
  const element = h('div', { className: 'field' }, head, !isBox && control.element, hinted, wrong)
  return {
    element,
    show({ value, byDefault, usable = true }) {
      control.show(value)
      const changed = !isSame(value, byDefault)
      element.classList.toggle('changed', changed)
      back.hidden = !changed
      back.setAttribute('aria-label', `${text.change.back}: ${label}, ${say(byDefault)}`)
      byDefaultText.textContent = changed ? text.change.changed(say(byDefault)) : text.change.asByDefault
      for (const one of [input, ...element.querySelectorAll('input, select')]) one.toggleAttribute('disabled', !usable)
    },
    blame({ message, where }) {
      const blamed = message !== undefined && where !== undefined && options.includes(where)
      wrong.hidden = !blamed
      wrong.textContent = blamed ? message : ''
      if (blamed) input.setAttribute('aria-invalid', 'true')
      else input.removeAttribute('aria-invalid')
    },
  }
}
