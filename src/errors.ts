/**
 * @file One shape for every error: *what failed (where): expected X, got Y. Hint.*
 *
 * `AdzusError` is what a user may cause (bad file, bad option, missing adapter): the command line
 * prints its message alone. Anything else that is thrown is a bug of ours and keeps its stack.
 *
 * Parts may quote what a user brought, whatever it is: each is shortened and made printable.
 */
import { printable, shortened } from './messages.ts'

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

/**
 * An error that a user may cause; `failure` has its parts.
 * @example
 * if (error instanceof AdzusError) console.error(error.failure.expected, error.failure.got)
 */
export class AdzusError extends Error {
  override readonly name = 'AdzusError'
  /** The message's parts, each shortened. */
  readonly failure: Failure

  constructor(parts: Failure, options?: ErrorOptions) {
    const failure = brief(parts)
    const where = failure.where === undefined ? '' : ` (${printable(failure.where)})`
    const hint = failure.hint === undefined ? '' : ` ${printable(failure.hint)}`
    const got = failure.lines ? failure.got.split('\n').map(printable).join('\n') : printable(failure.got)
    super(`${printable(failure.what)}${where}: expected ${printable(failure.expected)}, got ${got}.${hint}`, options)
    this.failure = failure
  }
}

function brief({ what, where, expected, got, hint, lines }: Failure): Failure {
  // JSON.stringify, which may have made a part, makes undefined of undefined.
  const cut = (part: string) => shortened(String(part))
  return {
    what: cut(what),
    where: where && cut(where),
    expected: cut(expected),
    got: cut(got),
    hint: hint && cut(hint),
    ...(lines && { lines }),
  }
}

/** Throws an `AdzusError` unless `condition` holds; the failure is only built when it is needed. */
export function check(condition: boolean, failure: () => Failure): asserts condition {
  if (!condition) throw new AdzusError(failure())
}
