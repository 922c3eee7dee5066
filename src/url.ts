/**
 * @file Addresses. The platform's `URL` is one; the type is ours, so that the declarations of the
 * package need no library of a platform.
 */

/** A `URL`. */
export interface UrlLike {
  /** The whole address. */
  readonly href: string
  /** For example `https:`. */
  readonly protocol: string
}

export function isUrl(value: unknown): value is UrlLike {
  return value instanceof URL
}
