/** @file The formats of pictures that are read. */
import { isFunction, isRecord, isString, must } from '../../arguments.ts'
import type { Format } from '../format.ts'
import { dicom } from './dicom/index.ts'
import { jpeg } from './jpeg/index.ts'
import { nifti } from './nifti/index.ts'
import { png } from './png/index.ts'
import { tiff } from './tiff/index.ts'
import { webp } from './webp/index.ts'

// DICOM files may begin as TIFF, in the 128 bytes before their own mark.
const formats: Format[] = [png, jpeg, dicom, tiff, nifti, webp]

/** The format of a file by its first bytes; the first that recognises it. */
export function formatOf(head: Uint8Array): Format | undefined {
  return formats.find((format) => format.recognises(head))
}

/**
 * Whether a file's first bytes (1024 of them are enough) are those of a format that is read.
 * @example
 * isPicture(bytes.subarray(0, 1024)) // true for PNG, JPEG, TIFF, …
 */
export function isPicture(head: Uint8Array): boolean {
  must('head', head instanceof Uint8Array, 'bytes (Uint8Array)', head)
  return formatOf(head) !== undefined
}

/**
 * The names of all formats, for messages.
 * @example
 * formatNames() // 'PNG, JPEG or DICOM'
 */
export function formatNames(word: 'or' | 'and' = 'or'): string {
  const type = word === 'or' ? 'disjunction' : 'conjunction'
  return new Intl.ListFormat('en-GB', { type }).format(formats.map(({ name }) => name))
}

/**
 * What names of pictures end with, in small letters and without the dot.
 * @example
 * imageExtensions() // ['png', 'apng', 'jpg', 'jpeg', …]
 */
export function imageExtensions(): string[] {
  return formats.flatMap(({ extensions }) => extensions)
}

/**
 * Adds a format: from then on its files are read wherever pictures are. Those that are there
 * already are asked first.
 * @returns takes it out again
 * @example
 * const remove = registerFormat(raw)
 * const { mask } = await adzus.segment(await readFile('picture.raw'))
 * remove()
 */
export function registerFormat(format: Format): () => void {
  const holds = isRecord(format) && isString(format['name']) && Array.isArray(format['extensions'])
  must(
    'format',
    holds && isFunction(format.recognises) && isFunction(format.open),
    'a format { name, extensions, recognises, open }',
    format,
  )
  formats.push(format)
  return () => {
    const at = formats.indexOf(format)
    if (at >= 0) formats.splice(at, 1)
  }
}
