/** @file A choice behind the networks: it is in the question, and the picture is recoloured at once. */
import type { Parameters } from 'adzus'
import type { Explorer, State } from '../../explorer.ts'
import { defaultsOf, isOfQuestion, type Question, shortForm, withChoice } from './choices.ts'
import type { Control } from './controls.ts'
import { makeField } from './field.ts'

interface QuestionFieldOptions<K extends keyof Question, T> {
  name: K
  label: string
  hint?: string
  /** Beside its own name. */
  options?: readonly string[]
  makeControl(id: string, choose: (value: T) => void): Control<T>
  byDefault(parameters: Parameters): T
  say(value: T): string
  /** Where it means something. */
  usable?(state: State): boolean
}

export function makeQuestionField<K extends keyof Question, T extends Question[K] & {}>(
  explorer: Explorer,
  { name, label, hint, options = [], makeControl, byDefault, say, usable }: QuestionFieldOptions<K, T>,
): HTMLElement {
  const choose = (value: T | undefined) => chooseInQuestion(explorer, name, value, byDefault)
  const control = makeControl(`change-${name}`, choose)
  const field = makeField({ label, hint, options: [name, ...options], control, say, reset: () => choose(undefined) })
  explorer.watch(['question', 'looked', 'model'], (state) => {
    const parameters = defaultsOf(state)
    if (!parameters) return
    const fallback = byDefault(parameters)
    const value = (shortForm(state.question)[name] ?? fallback) as T
    field.show({ value, byDefault: fallback, usable: usable?.(state) })
  })
  explorer.watch(['failed'], ({ failed }) => field.blame(isOfQuestion(failed) ? failed! : {}))
  return field.element
}

/** Puts a choice into the question, or takes it out where it is as by default. */
export function chooseInQuestion<K extends keyof Question>(
  explorer: Explorer,
  name: K,
  value: Question[K] | undefined,
  byDefault: (parameters: Parameters) => unknown,
): void {
  const parameters = defaultsOf(explorer.value)
  const question = withChoice(shortForm(explorer.value.question), name, value, parameters && byDefault(parameters))
  explorer.set({ question })
}
