/** @file Settings in a few words: what is not as by default. */
import type { KeptSettings } from '../../../settings.ts'
import { text } from '../../../text/index.ts'
import { shortForm } from '../choices.ts'
import { sayThresholds } from '../thresholds.ts'

/** Of a list of settings so many are named. */
const MOST = 6

/**
 * @example
 * saySettings({ look: {}, question: { thresholds: [0.2, 0.2] } }) // 'threshold 0.2'
 */
export function saySettings({ look, question }: KeptSettings): string {
  const all = Object.entries({ ...look, ...shortForm(question) }).filter(([, value]) => value !== undefined && value !== null)
  if (all.length === 0) return text.change.compare.allDefault
  const said = all
    .slice(0, MOST)
    .map(
      ([name, value]) =>
        `${text.change.compare.names[name as never] ?? name} ${name === 'thresholds' ? sayThresholds(value as number[]) : sayValue(value)}`,
    )
  return [...said, ...(all.length > MOST ? ['…'] : [])].join('; ')
}

function sayValue(value: unknown): string {
  if (typeof value === 'boolean') return text.change.onOrOff(value)
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '') : `${value}`
}
