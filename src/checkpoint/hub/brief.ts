/**
 * @file What a server, a cache or a user says, as it may stand in a message: short, and without
 * what would move a cursor.
 */

const LONGEST = 80
/** Paths are told in full, unless they are absurd. */
const LONGEST_WORDS = 300
/**
 * Controls beyond those that JSON escapes, marks that change the direction of writing, invisible
 * characters.
 */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** A value in quotes where it is text; of lists and objects only what they are. */
export function brief(value: unknown, longest = LONGEST): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return `${value}`
  const text = value.length > longest ? `${value.slice(0, longest)}…` : value
  return JSON.stringify(text).replace(UNSEEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Words without quotes. */
export function words(text: string): string {
  return brief(text, LONGEST_WORDS)
    .slice(1, -1)
    .replace(/\\(["\\])/g, '$1')
}
