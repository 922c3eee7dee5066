/** @file Controls that show a value and tell when somebody chooses another. */
import { fill, h } from '../../dom.ts'

export interface Control<T> {
  element: HTMLElement
  /** What a label is for, and what an error belongs to. */
  input: HTMLElement
  show(value: T): void
}

type Choose<T> = (value: T) => void

export interface NumberRange {
  id: string
  /** Of the slider; the number beside it may lie outside. */
  min: number
  max: number
  step: number
  /** Reads the number beside the slider. */
  exact: string
}

/** A slider with the same number beside it, which tells while it moves. */
export function makeSlider({ id, min, max, step, exact }: NumberRange, choose: Choose<number>): Control<number> {
  const slider = h('input', { type: 'range', id, min: `${min}`, max: `${max}`, step: `${step}` })
  const number = h('input', { type: 'number', step: 'any', 'aria-label': exact })
  slider.addEventListener('input', () => choose(slider.valueAsNumber))
  number.addEventListener('input', () => {
    if (!Number.isNaN(number.valueAsNumber)) choose(number.valueAsNumber)
  })
  return {
    element: h('div', { className: 'slider' }, slider, number),
    input: slider,
    show(value) {
      slider.value = `${value}`
      // What is being typed stays as it is.
      if (number.valueAsNumber !== value) number.value = `${value}`
    },
  }
}

export function makeSwitch(id: string, choose: Choose<boolean>): Control<boolean> {
  const box = h('input', { type: 'checkbox', id })
  box.addEventListener('change', () => choose(box.checked))
  return {
    element: box,
    input: box,
    show(value) {
      box.checked = value
    },
  }
}

/**
 * One of several texts.
 * @param other what stands for a value that is none of them: it can be left, and not chosen
 */
export function makeSelect<T extends string>(
  id: string,
  texts: Partial<Record<T, string>>,
  choose: Choose<T>,
  other: (value: T) => string = String,
): Control<T> {
  const select = h('select', { id })
  const options = Object.entries<string>(texts as Record<T, string>).map(([value, label]) => h('option', { value }, label))
  select.addEventListener('change', () => choose(select.value as T))
  return {
    element: select,
    input: select,
    show(value) {
      fill(select, ...options, !Object.hasOwn(texts, value) && h('option', { value }, other(value)))
      select.value = value
    },
  }
}

/** A line of text that is read and written in some form. */
export function makeLine<T>(
  id: string,
  { read, write, example = '' }: { read(text: string): T; write(value: T): string; example?: string },
  choose: Choose<T>,
): Control<T> {
  const line = h('input', { type: 'text', id, placeholder: example, autocomplete: 'off', spellcheck: false })
  let shown: string | undefined
  line.addEventListener('input', () => choose(read(line.value)))
  return {
    element: line,
    input: line,
    show(value) {
      // Two texts may mean the same; what somebody typed stays.
      const text = write(value)
      if (text === shown || JSON.stringify(read(line.value)) === JSON.stringify(value)) return
      shown = text
      line.value = text
    },
  }
}
