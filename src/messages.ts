/**
 * @file Quotations in errors and notes: values, names and the system's errors, as parts of one line
 * that is never longer than a screen and does nothing to a terminal.
 */

/** Characters of a part of a message. */
const MAX_PART = 600
/** Limits of `quoted`: entries of a list or an object, and depth. */
const MAX_ENTRIES = 20
const MAX_DEPTH = 3

/**
 * A text of at most `most` characters: of a longer one the beginning, the end, and how much is left
 * out between them.
 */
export function shortened(text: string, most = MAX_PART): string {
  if (text.length <= most) return text
  const half = Math.floor(most / 2) - 20
  return `${text.slice(0, half)} … (${text.length - 2 * half} more characters) … ${text.slice(-half)}`
}

/**
 * A value as JSON writes it, however large or deep it is: long texts and lists are cut, and what
 * lies too deep is left out.
 */
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

/**
 * Controls of terminals (C0, DEL, C1), separators of lines, and marks that change the direction of
 * text.
 */
const CONTROLS = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text as one line that does nothing to a terminal: control characters are shown as JSON's
 * escapes, as in `a\nb.png`.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Meanings of the system's error codes, as what was got instead of a file. */
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

/**
 * Bytes of memory, in binary units as devices state their limits: `324 MiB`, `1.95 GiB`. Three
 * digits, as with `fileSize`.
 */
export function memorySize(bytes: number): string {
  return inUnits(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
}

/**
 * Bytes of files and transfers, in decimal units as disks and the hub count: `13.1 MB`, `3.44 GB`.
 */
export function fileSize(bytes: number): string {
  return inUnits(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB'])
}

/** A size beyond a limit: by how much, where three digits show no difference. */
export function exceeding(bytes: number, limit: number, show = memorySize): string {
  const more = bytes - limit
  return show(bytes) === show(limit) ? `${more.toLocaleString('en')} ${more === 1 ? 'byte' : 'bytes'} more` : show(bytes)
}

function inUnits(bytes: number, step: number, units: readonly string[]): string {
  let value = bytes
  let unit = 0
  // What three digits would round to 1000 or more belongs to the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= step
    unit++
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`
}
