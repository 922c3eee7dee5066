/**
 * @file The mark of origin near the beginning of every result, by which a run knows what it may
 * replace: a true mask beside its picture, or another program's NAME.json, has none.
 *
 * In a PNG it is the text `Software` right behind the header; in JSON it is the first member,
 * `adzus`. A program that saves a changed picture hardly puts the text at that very place, so what
 * somebody drew into a result is no result any more.
 */
const PROGRAM = 'ADZUS'
/**
 * Where a PNG's second chunk has its name: behind signature (8 bytes), header (25) and length (4).
 */
const SECOND_CHUNK = 37
/** So many bytes of a file show whether it has a mark. */
export const MARK_BYTES = 64

/** The text `Software` of our PNG files. */
export function software(version: string): string {
  return `${PROGRAM} ${version}`
}

export function hasPngMark(beginning: Uint8Array): boolean {
  return textOf(beginning).startsWith(`tEXtSoftware\0${PROGRAM} `, SECOND_CHUNK)
}

export function hasJsonMark(beginning: Uint8Array): boolean {
  return /^\{\s*"adzus"\s*:\s*"/.test(textOf(beginning))
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MARK_BYTES))
}
