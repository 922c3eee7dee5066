/**
 * @file One shape for every error: *what failed (where): expected X, got Y. Hint.*
 *
 * `AdzusError` is what a user may cause (bad file, bad option, missing adapter): the command line prints its message
 * alone. Anything else that is thrown is a bug of ours and keeps its stack.
 *
 * Parts may quote what a user brought, whatever its size: each is shortened, so that a message is never longer than a screen.
 */

/** Characters of a part of a message. */
const MAX_PART = 600
/** What `quoted` shows of a list or an object, and how deep it goes. */
const MAX_ENTRIES = 20
const MAX_DEPTH = 3

export interface Failure {
  /** The room and the thing that failed, for example `safetensors` or `conv2d`. */
  what: string
  /** Where: file, tensor, option, shape. */
  where?: string
  expected: string
  got: string
  hint?: string
}

export class AdzusError extends Error {
  override readonly name = 'AdzusError'
  /** The message's parts. */
  readonly failure: Failure

  constructor(parts: Failure, options?: ErrorOptions) {
    const failure = brief(parts)
    const where = failure.where === undefined ? '' : ` (${failure.where})`
    const hint = failure.hint === undefined ? '' : ` ${failure.hint}`
    super(`${failure.what}${where}: expected ${failure.expected}, got ${failure.got}.${hint}`, options)
    this.failure = failure
  }
}

function brief({ what, where, expected, got, hint }: Failure): Failure {
  // JSON.stringify, which may have made a part, makes undefined of undefined.
  const cut = (part: string) => shortened(String(part))
  return { what: cut(what), where: where && cut(where), expected: cut(expected), got: cut(got), hint: hint && cut(hint) }
}

/** A text of at most `most` characters: of a longer one the beginning, the end, and how much is left out between them. */
export function shortened(text: string, most = MAX_PART): string {
  if (text.length <= most) return text
  const half = Math.floor(most / 2) - 20
  return `${text.slice(0, half)} … (${text.length - 2 * half} more characters) … ${text.slice(-half)}`
}

/** A value as JSON writes it, however large or deep it is: long texts and lists are cut, and what lies too deep is left out. */
export function quoted(value: unknown, depth = MAX_DEPTH): string {
  if (typeof value === 'string') return JSON.stringify(shortened(value, MAX_PART / 2))
  if (typeof value !== 'object' || value === null) return String(value)
  const list = Array.isArray(value)
  const entries = list ? value.slice(0, MAX_ENTRIES) : Object.entries(value).slice(0, MAX_ENTRIES)
  const more = (list ? value.length : Object.keys(value).length) - entries.length
  const inner = (part: unknown) => quoted(part, depth - 1)
  const shown = depth === 0 ? ['…'] : list ? entries.map(inner) : entries.map(([key, part]) => `${inner(key)}:${inner(part)}`)
  if (depth > 0 && more > 0) shown.push(`… (${more} more)`)
  return list ? `[${shown.join(',')}]` : `{${shown.join(',')}}`
}

/** Throws an `AdzusError` unless `condition` holds; the failure is only built when it is needed. */
export function check(condition: boolean, failure: () => Failure): asserts condition {
  if (!condition) throw new AdzusError(failure())
}
