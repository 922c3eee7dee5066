/**
 * @file "Did you mean …?": the known word nearest to a mistyped one, by edit distance (insertions,
 * deletions, replacements).
 */

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}

/** Lengths and numbers of words beyond which a typing error is unlikely. */
const MAX_LENGTH = 500
const MAX_KNOWN = 20_000

/**
 * The nearest of `known`, or undefined if none is within a third of the word's length (at least 2
 * edits).
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  if (word.length > MAX_LENGTH) return undefined
  let seen = 0
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    if (++seen > MAX_KNOWN) break
    if (Math.abs(candidate.length - word.length) >= least) continue
    const distance = editDistance(word, candidate)
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}
