/** @file The thresholds: one slider for all rounds of merging, and one a round for whoever wants to. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import { defaultsOf, shortForm } from './choices.ts'
import { type Control, makeSlider } from './controls.ts'
import { chooseInQuestion, makeQuestionField } from './question-field.ts'

const words = text.change.merging
const SLIDER = { min: 0.01, max: 2, step: 0.01 }

/** The thresholds of the rounds as they are at present. */
export function thresholdsOf({ value }: Explorer): readonly number[] {
  return shortForm(value.question).thresholds ?? defaultsOf(value)?.method.thresholds ?? []
}

/** Chooses the thresholds of all rounds. */
export function chooseThresholds(explorer: Explorer, thresholds: readonly number[]): void {
  chooseInQuestion(explorer, 'thresholds', thresholds, ({ method }) => method.thresholds)
}

export function makeThresholds(explorer: Explorer): HTMLElement {
  const all = makeQuestionField(explorer, {
    name: 'thresholds',
    label: words.threshold,
    hint: words.thresholdHint,
    makeControl: (id) => forAllRounds(id, explorer),
    byDefault: ({ method }) => method.thresholds as readonly number[],
    say: sayThresholds,
  })
  return h('div', {}, all, makeRounds(explorer))
}

/** `0.4` where all rounds have the same, else `0.4, 0.3, 0.2`. */
export function sayThresholds(thresholds: readonly number[]): string {
  return new Set(thresholds).size === 1 ? `${thresholds[0]}` : thresholds.join(', ')
}

/** Moves all rounds together; shows the last one, where they differ. */
function forAllRounds(id: string, explorer: Explorer): Control<readonly number[]> {
  const slider = makeSlider({ id, ...SLIDER, exact: text.change.exact(words.threshold) }, (threshold) =>
    chooseThresholds(
      explorer,
      thresholdsOf(explorer).map(() => threshold),
    ),
  )
  return {
    element: slider.element,
    input: slider.input,
    show(thresholds) {
      slider.show(thresholds[thresholds.length - 1] ?? 0)
      const differ = new Set(thresholds).size > 1
      slider.input.setAttribute('aria-valuetext', differ ? words.roundsDiffer(sayThresholds(thresholds)) : sayThresholds(thresholds))
    },
  }
}

function makeRounds(explorer: Explorer): HTMLElement {
  const list = h('div', { className: 'rounds' })
  const more = h('button', { type: 'button' }, words.moreRounds)
  const fewer = h('button', { type: 'button' }, words.fewerRounds)
  more.addEventListener('click', () => chooseThresholds(explorer, [...thresholdsOf(explorer), thresholdsOf(explorer).at(-1)!]))
  fewer.addEventListener('click', () => chooseThresholds(explorer, thresholdsOf(explorer).slice(0, -1)))
  let rounds: Control<number>[] = []
  explorer.watch(['question', 'looked', 'model'], () => {
    const thresholds = thresholdsOf(explorer)
    fewer.disabled = thresholds.length <= 1
    if (rounds.length !== thresholds.length) {
      rounds = thresholds.map((_, round) => makeRound(explorer, round))
      fill(list, ...rounds.map(({ element }) => element))
    }
    for (const [round, control] of rounds.entries()) control.show(thresholds[round])
  })
  return h('details', { className: 'inner' }, h('summary', {}, words.rounds), list, h('p', { className: 'buttons' }, more, fewer))
}

function makeRound(explorer: Explorer, round: number): Control<number> {
  const id = `change-round-${round}`
  const label = words.round(round + 1)
  const slider = makeSlider({ id, ...SLIDER, exact: text.change.exact(label) }, (threshold) =>
    chooseThresholds(explorer, thresholdsOf(explorer).with(round, threshold)),
  )
  return { ...slider, element: h('div', { className: 'round' }, h('label', { htmlFor: id }, label), slider.element) }
}
