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
  hint?: string
}

export class AdzusError extends Error {
  override readonly name = 'AdzusError'
  /** The message's parts. */
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    const where = failure.where === undefined ? '' : ` (${failure.where})`
    const hint = failure.hint === undefined ? '' : ` ${failure.hint}`
    super(`${failure.what}${where}: expected ${failure.expected}, got ${failure.got}.${hint}`, options)
    this.failure = failure
  }
}

/** Throws an `AdzusError` unless `condition` holds; the failure is only built when it is needed. */
export function check(condition: boolean, failure: () => Failure): asserts condition {
  if (!condition) throw new AdzusError(failure())
}
