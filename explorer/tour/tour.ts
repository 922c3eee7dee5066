/**
 * @file The guided tour: a card beside the page that opens what it speaks of and points at it. The
 * step is a setting, so that each has a link of its own.
 */
import { fill, h } from '../dom.ts'
import type { Explorer } from '../explorer.ts'
import type { SampleName } from '../samples.ts'
import { text } from '../text/index.ts'
import { Pointer } from './pointer.ts'
import { STEPS } from './steps.ts'

/** Opened where the visitor has no picture yet. */
const SAMPLE: SampleName = 'blood'

/** The card, and the button that begins the tour. */
export function makeTour(explorer: Explorer): { card: HTMLElement; button: HTMLElement } {
  const words = text.tour
  const pointer = new Pointer()
  const told = h('div', { 'aria-live': 'polite' })
  const go = (step: number) => explorer.set({ step })
  const back = h('button', { type: 'button', onclick: () => go(explorer.value.step - 1) }, words.back)
  const next = h('button', { type: 'button', className: 'main', onclick: () => go((explorer.value.step + 1) % (STEPS.length + 1)) })
  const end = h('button', { type: 'button', onclick: () => go(0) }, words.end)
  const buttons = h('div', { className: 'buttons' }, back, next, end)
  const card = h('section', { className: 'tour', 'aria-label': words.label, hidden: true }, told, buttons)
  const button = h('button', { type: 'button', className: 'take-tour' }, words.start)
  button.addEventListener('click', () => {
    go(1)
    next.focus()
  })
  card.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') go(0)
  })
  explorer.watch(['step'], ({ step: wanted, picture, sample }) => {
    const step = STEPS[wanted - 1]
    const ends = card.contains(document.activeElement)
    card.hidden = step === undefined
    document.documentElement.classList.toggle('with-tour', step !== undefined)
    pointer.point(step?.at ?? [])
    if (!step) {
      if (ends) button.focus()
      if (wanted !== 0) go(0)
      return
    }
    const { title, text: sentences } = words.steps[wanted - 1]
    fill(told, h('p', { className: 'hint' }, words.step(wanted, STEPS.length)), h('h2', {}, title), h('p', {}, sentences))
    back.disabled = wanted === 1
    next.textContent = wanted === STEPS.length ? words.done : words.next
    explorer.set({ panel: step.panel, stage: step.stage ?? explorer.value.stage, ...(picture || sample ? {} : { sample: SAMPLE }) })
  })
  return { card, button }
}
