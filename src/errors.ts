/**
 * @file One shape for every error: *what failed (where): expected X, got Y. Hint.*
 *
 * `AdzusError` is what a user may cause (bad file, bad option, missing adapter): the command line prints its message
 * alone. Anything else that is thrown is a bug of ours and keeps its stack.
 */

export interface Failure {
  /** The room and the thing that failed, for example `safetensors` or `conv2d`. */
  what: string
  /** Where: file, tensor, option, shape. */
  where?: string
  expected: string
  got: string
  /** `got` is text of several lines, as compilers write it. */
  lines?: boolean
  hint?: string
}

export class AdzusError extends Error {
  override readonly name = 'AdzusError'
  /** The message's parts. */
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    const where = failure.where === undefined ? '' : ` (${printable(failure.where)})`
    const hint = failure.hint === undefined ? '' : ` ${printable(failure.hint)}`
    const got = failure.lines ? failure.got.split('\n').map(printable).join('\n') : printable(failure.got)
    super(`${printable(failure.what)}${where}: expected ${printable(failure.expected)}, got ${got}.${hint}`, options)
    this.failure = failure
  }
}

/** Controls of terminals (C0, DEL, C1), separators of lines, and marks that change the direction of text. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A text as one line that does nothing to a terminal: control characters are shown as JSON's escapes, as in `a\nb.png`. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What the system's error codes mean, as what was got instead of a file. */
const WORDS: Record<string, string> = {
  EACCES: 'permission denied',
  EBUSY: 'a file in use',
  EDQUOT: 'a disk quota that is used up',
  EEXIST: 'something else of that name',
  EFBIG: 'a file that is too large for its disk',
  EIO: 'an error of the disk',
  EISDIR: 'a folder',
  ELOOP: 'a circle of links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'a name that is too long',
  ENFILE: 'too many open files',
  ENOENT: 'no such file',
  ENOSPC: 'a full disk',
  ENOTDIR: 'a file where a folder should be',
  ENXIO: 'a device or pipe without another end',
  EPERM: 'permission denied',
  EROFS: 'a disk that is read-only',
}

/** An error of the system in words, without its code, call and path. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '' } = error as { code?: string }
  if (Object.hasOwn(WORDS, code)) return WORDS[code]
  return /^E[A-Z0-9]+: /.test(error.message) ? error.message.replace(/^E[A-Z0-9]+: |, \w+( '.*)?$/gs, '') : error.message
}

/** Throws an `AdzusError` unless `condition` holds; the failure is only built when it is needed. */
export function check(condition: boolean, failure: () => Failure): asserts condition {
  if (!condition) throw new AdzusError(failure())
}
