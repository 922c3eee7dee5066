/**
 * @file What ends a call early. The platform's `AbortSignal` is one; the type is ours, so that the
 * declarations of the package need no library of a platform.
 */

/** What ends a call early: an `AbortSignal`. */
export interface Signal {
  readonly aborted: boolean
  /** What calls fail with once it is aborted. */
  readonly reason: unknown
  throwIfAborted(): void
}
