/**
 * @file Checks of arguments, for programs without types: every public function checks its arguments
 * before it computes anything, and says which one is wrong.
 */
import { AdzusError, check } from './errors.ts'
import { quoted, shortened } from './messages.ts'
import { nearest } from './nearest.ts'

/** Characters of a value in a message. */
const MOST_TEXT = 200

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

/**
 * Fails where options have a name that is none of these.
 * @param where what the options are called
 */
export function mustBeNamed(where: string, options: object, known: readonly string[]): void {
  const name = Object.keys(options).find((key) => !known.includes(key))
  if (name === undefined) return
  const similar = nearest(name, known)
  const hint = similar && `Did you mean ${similar}?`
  throw new AdzusError({ what: 'options', where, expected: `names out of ${known.join(', ')}`, got: shortened(name, MOST_TEXT), hint })
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

/** Any value in few words, whatever it is. */
export function valueText(value: unknown): string {
  try {
    return shortened(wordsFor(value), MOST_TEXT)
  } catch {
    return 'something that cannot be shown'
  }
}

function wordsFor(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return quoted(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? quoted(value) : `an object of ${value.constructor.name}`
}
