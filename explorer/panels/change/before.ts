/** @file What is chosen before the networks: it is gathered, and a button lets them look once more. */
import { type Parameters, presets } from 'adzus'
import { fill, h } from '../../dom.ts'
import type { LookOptions } from '../../engine/calls.ts'
import type { Explorer, State } from '../../explorer.ts'
import { Store } from '../../store.ts'
import { text } from '../../text/index.ts'
import { isSame, withChoice } from './choices.ts'
import { type Control, makeLine, makeSelect } from './controls.ts'
import { makeField } from './field.ts'
import { channelForm, countForm, sizeForm, stepsForm, textForm, windowForm } from './look-forms.ts'
import { milliseconds } from './spent.ts'

const words = text.change.before
const NO_PRESET = ''

interface LookField<K extends keyof LookOptions, T> {
  name: K
  makeControl(id: string, choose: (value: T) => void): Control<T>
  byDefault(parameters: Parameters): T
  say?(value: T): string
  usable?(state: State): boolean
}

export function makeBefore(explorer: Explorer): HTMLElement {
  const draft = new Store<{ look: LookOptions }>({ look: explorer.value.look })
  explorer.watch(['look'], ({ look }) => draft.set({ look }))
  const line = <T>(form: { read(text: string): T; write(value: T): string }, example: string) => {
    return (id: string, choose: (value: T) => void) => makeLine(id, { ...form, example }, choose)
  }
  const fields = [
    lookField(explorer, draft, { name: 'size', makeControl: line(sizeForm, '256'), byDefault: ({ size }) => size, say: sizeForm.write }),
    lookField(explorer, draft, { name: 'timesteps', makeControl: line(stepsForm, '300, 100'), byDefault: ({ timesteps }) => timesteps }),
    lookField(explorer, draft, { name: 'noise', makeControl: line(countForm, words.none), byDefault: ({ noise }) => noise }),
    lookField(explorer, draft, { name: 'denoise', makeControl: line(countForm, words.none), byDefault: ({ denoise }) => denoise }),
    lookField(explorer, draft, {
      ...{ name: 'prompt', makeControl: line(textForm, words.none), byDefault: ({ prompt }) => prompt },
      usable: ({ model }) => model?.knowsWords !== false,
    }),
    lookField<'preset', string>(explorer, draft, {
      name: 'preset',
      makeControl: (id, choose) => makeSelect(id, presetTexts(), choose),
      byDefault: ({ preset }) => preset ?? NO_PRESET,
      say: (name) => name || words.none,
    }),
  ]
  const ofFile = h('div', {}, ...fileFields(explorer, draft, line))
  explorer.watch(['looked'], ({ looked }) => {
    if (looked) ofFile.hidden = !isMore(looked.stored)
  })
  const form = h('form', { noValidate: true }, h('p', { className: 'hint' }, words.hint), ...fields, ofFile, lookAgain(explorer, draft))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    explorer.set({ look: draft.value.look })
  })
  return form
}

/** Where a file holds more than 8-bit grey or colours, there is a choice of what is seen of it. */
function isMore(stored: NonNullable<State['looked']>['stored']): boolean {
  return stored !== undefined && (stored.type !== 'uint8' || stored.channelNames !== undefined || (stored.channels ?? 1) > 4)
}

type Line = <T>(form: { read(text: string): T; write(value: T): string }, example: string) => LookField<never, T>['makeControl']

function fileFields(explorer: Explorer, draft: Store<{ look: LookOptions }>, line: Line): HTMLElement[] {
  return [
    lookField(explorer, draft, {
      name: 'window',
      makeControl: line(windowForm, '-1000,400'),
      byDefault: ({ window }) => window,
      say: windowForm.write,
    }),
    lookField(explorer, draft, {
      name: 'channel',
      makeControl: line(channelForm, words.none),
      byDefault: ({ channel }) => channel as LookOptions['channel'],
      say: (channel) => channelForm.write(channel) || words.none,
    }),
  ]
}

function presetTexts(): Record<string, string> {
  return { [NO_PRESET]: words.none, ...Object.fromEntries(presets.map(({ name, about }) => [name, `${name}: ${about}`])) }
}

function lookField<K extends keyof LookOptions, T>(
  explorer: Explorer,
  draft: Store<{ look: LookOptions }>,
  { name, makeControl, byDefault, say = (value) => words.say(value), usable }: LookField<K, T>,
): HTMLElement {
  const choose = (value: T | undefined) => {
    const { model } = explorer.value
    draft.set({ look: withChoice(draft.value.look, name, value as LookOptions[K] | undefined, model && byDefault(model.defaults)) })
  }
  const { label, hint } = words.options[name as keyof typeof words.options]
  const options = name === 'size' ? ['size'] : [name]
  const field = makeField({ label, hint, options, control: makeControl(`change-${name}`, choose), say, reset: () => choose(undefined) })
  const show = () => {
    const { model } = explorer.value
    if (!model) return
    const fallback = byDefault(model.defaults)
    field.show({ value: (draft.value.look[name] ?? fallback) as T, byDefault: fallback, usable: usable?.(explorer.value) })
  }
  draft.watch(['look'], show)
  explorer.watch(['model'], show)
  explorer.watch(['failed'], ({ failed }) => field.blame(failed?.step === 'look' ? failed : {}))
  return field.element
}

/** The button, and what it costs. */
function lookAgain(explorer: Explorer, draft: Store<{ look: LookOptions }>): HTMLElement {
  const button = h('button', { type: 'submit', className: 'main' }, words.again)
  const cost = h('span', { className: 'hint' })
  let took: number | undefined
  const show = () => {
    const { look, looked } = explorer.value
    took = looked?.took ?? took
    const changed = !isSame(draft.value.look, look)
    button.disabled = !changed
    fill(cost, [changed ? words.waiting : words.seen, took !== undefined && words.cost(milliseconds(took))].filter(Boolean).join(' '))
  }
  draft.watch(['look'], show)
  explorer.watch(['look', 'looked'], show)
  return h('p', { className: 'buttons' }, button, cost)
}
