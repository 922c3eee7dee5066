/** @file Choices as the settings hold them: what is left out is as by default. */
import type { Parameters } from 'adzus'
import type { State } from '../../explorer.ts'
import type { Settings } from '../../settings.ts'

export type Question = Settings['question']

/** Whether two values of options are the same. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * The same choices with another value of one; undefined, and what is as by default, is left out.
 * @example
 * withChoice({ anchors: 8 }, 'anchors', 16, 16) // {}
 */
export function withChoice<T extends object, K extends keyof T>(choices: T, name: K, value: T[K] | undefined, byDefault?: unknown): T {
  const next = { ...choices }
  if (value === undefined || isSame(value, byDefault)) delete next[name]
  else next[name] = value
  return next
}

/** A question whose grouping is said by its short form alone, which the controls write. */
export function shortForm({ method, ...question }: Question): Question {
  if (!method) return question
  const { kind: _, ...options } = method
  return { ...options, ...question }
}

/** Whether something is wrong with what was chosen behind the networks. */
export function isOfQuestion(failed: State['failed']): boolean {
  return failed?.step === 'labels' || failed?.step === 'segment'
}

/** What holds where a question says nothing: the look's, before it the model's. */
export function defaultsOf({ looked, model }: Pick<State, 'looked' | 'model'>): Parameters | undefined {
  return looked?.parameters ?? model?.defaults
}
