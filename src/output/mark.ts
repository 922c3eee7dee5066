/**
 * @file The mark of origin near the beginning of every result, by which a run knows what it may
 * replace: a true mask beside its picture, or another program's NAME.json, has none.
 *
 * In a PNG it is the text `Software` right behind the header; in JSON it is the first member,
 * `adzus` (in a Zarr group the first attribute); in SVG a comment; in a zip archive an extra field
 * of the first file; in a table the names of its columns. A program that saves a changed picture
 * hardly puts the mark at that very place, so what somebody drew into a result is no result any
 * more.
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

/** Zarr refuses members that it does not know, but for attributes. */
export function hasZarrMark(beginning: Uint8Array): boolean {
  return /^\{\s*"attributes"\s*:\s*\{\s*"adzus"\s*:\s*"/.test(textOf(beginning))
}

/** How our SVG files begin. */
export function svgMark(version: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!-- ${software(version)} -->\n`
}

export function hasSvgMark(beginning: Uint8Array): boolean {
  return textOf(beginning).startsWith(svgMark('').slice(0, -' -->\n'.length))
}

/** The kind of the extra field of our zip archives' files: "AD". */
export const ZIP_FIELD = 0x4441
/** Where a file's header in a zip archive has the length of its name, and where the name begins. */
const [ZIP_LENGTH, ZIP_NAME] = [26, 30]

/** Of archives whose first file has a short name. */
export function hasZipMark(beginning: Uint8Array): boolean {
  const text = textOf(beginning)
  return text.startsWith('PK\x03\x04') && text.startsWith(`${PROGRAM} `, ZIP_NAME + beginning[ZIP_LENGTH] + 4)
}

/** Whether the first line of a table is this one, as far as is seen. */
export function hasTableMark(beginning: Uint8Array, header: string): boolean {
  return textOf(beginning) === header.slice(0, MARK_BYTES)
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MARK_BYTES))
}
