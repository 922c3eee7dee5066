/**
 * @file What programs without types may pass: every public function checks its arguments before it computes anything, and says which one is wrong.
 */
import { check } from './errors.ts'

/** Characters of a value in a message, and entries of a list. */
const MOST_TEXT = 160
const MOST_ENTRIES = 12

/**
 * Fails with an `AdzusError` about an argument or option unless `holds`.
 * @param where its name
 * @param hint how it is done right, if something in particular is wrong
 */
export function must(where: string, holds: boolean, expected: string, got: unknown, hint?: string): void {
  check(holds, () => ({ what: 'options', where, expected, got: valueText(got), hint }))
}

/** Fails where something is no bag of options: an object, but no list, and no bytes. */
export function mustBeOptions(where: string, options: unknown): void {
  must(where, isRecord(options), 'an object of options', options)
}

/** An object that may have members of any name. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isString = (value: unknown): value is string => typeof value === 'string'
export const isBoolean = (value: unknown): boolean => typeof value === 'boolean'

/** Whether something is a whole number in a range, both ends included. */
export const isWhole = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to

/** Whether something is a list or typed array of so many numbers. */
export function isSamples(value: unknown, length: number): boolean {
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && 'length' in value)) return false
  return (value as ArrayLike<unknown>).length === length
}

/** Any value as it would be written in a program, in few words, whatever it is. */
export function valueText(value: unknown): string {
  try {
    const text = wordsFor(value)
    return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text
  } catch {
    return 'something that cannot be shown'
  }
}

function wordsFor(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MOST_TEXT))
  if (typeof value !== 'object' || value === null) return String(value)
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  if (Array.isArray(value)) {
    const more = value.length > MOST_ENTRIES ? `,… ${value.length} in all` : ''
    return `[${value.slice(0, MOST_ENTRIES).map(inner).join()}${more}]`
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `an object of ${(value as object).constructor.name}`
  const entries = Object.entries(value).slice(0, MOST_ENTRIES)
  return `{${entries.map(([name, part]) => `${JSON.stringify(name)}:${inner(part)}`).join()}}`
}

/** What lies inside of something; numbers that JSON does not know by their names. */
function inner(part: unknown): string {
  if (typeof part === 'number' && !Number.isFinite(part)) return `"${part}"`
  if (Array.isArray(part)) return part.length > MOST_ENTRIES ? `[${part.length} entries]` : `[${part.map(inner).join()}]`
  return isRecord(part) ? '{…}' : wordsFor(part)
}
