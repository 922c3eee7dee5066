/**
 * @file Which of several kernels computes what: the first candidate, unless another has been
 * measured to be faster here (`tuner.ts`).
 */
/** One of several ways to compute the same, the likely best first; `key` says what is computed. */
export type Choose = <T>(key: string, candidates: readonly T[]) => T

export class Choices {
  /** The measured best by what is computed, as text. */
  readonly best = new Map<string, string>()
  /** Decides instead, for as long as it is set. */
  override: Choose | undefined

  readonly choose: Choose = (key, candidates) => (this.override ?? this.known)(key, candidates)

  /** The measured best, or the first. */
  readonly known: Choose = (key, candidates) => {
    const best = this.best.get(key)
    return (best !== undefined && candidates.find((c) => nameOf(c) === best)) || candidates[0]!
  }
}

/** A candidate as text: what is remembered. */
export function nameOf(candidate: unknown): string {
  return typeof candidate === 'string' ? candidate : JSON.stringify(candidate)
}
