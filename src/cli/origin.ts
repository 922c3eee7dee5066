/**
 * @file Whose file is it? Every result carries a mark of its origin near its beginning, so that a run takes the place of earlier results alone, and never of a file that only has
 * such a name: a true mask beside its picture, another program's NAME.json.
 *
 * In a PNG the mark is the text `Software` right behind the header; in JSON it is the first member, `adzus`. A program that saves a changed picture hardly puts the text at that
 * very place, so what somebody drew into a result is no result any more.
 */
import { lstat, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { readRegular } from '#platform'
import { AdzusError } from '../errors.ts'
import { unwritable } from './files.ts'

const PROGRAM = 'ADZUS'
/** Where a PNG's second chunk has its name: behind the signature (8 bytes), the header (25) and a length (4). */
const SECOND_CHUNK = 37
/** Bytes of the longest NAME.json that is looked at. */
export const MAX_JSON = 2 ** 28
/** So many bytes of a file show whether it has a mark. */
const BEGINNING = 64

/** What a PNG of ours has as its text `Software`. */
export function software(version: string): string {
  return `${PROGRAM} ${version}`
}

/** Whether a file has the mark; not where it cannot be read. */
export async function isResult(path: string): Promise<boolean> {
  try {
    // Opening a pipe would wait for somebody to write into it.
    if (!(await stat(path)).isFile()) return false
    const file = await open(path)
    try {
      const bytes = new Uint8Array(BEGINNING)
      await file.read(bytes, 0, BEGINNING, 0)
      const text = String.fromCharCode(...bytes)
      return text.startsWith(`tEXtSoftware\0${PROGRAM} `, SECOND_CHUNK) || /^\{\s*"adzus"\s*:\s*"/.test(text)
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

/**
 * Fails where a result would take the place of something else.
 * @param paths of all results of an image
 * @param json the one of them that lists the others
 * @param overwrite whether files of other origin may be replaced; folders never are
 */
export async function refuseForeign(paths: readonly string[], json: string, overwrite: boolean): Promise<void> {
  for (const path of paths) {
    // Not what a link leads to: even a broken one is somebody's.
    const found = await lstat(path).catch((cause) => {
      if (cause.code === 'ENOENT') return undefined
      throw unwritable(path, cause, 'a result that can be written')
    })
    if (!found) continue
    const folder = found.isDirectory()
    if (!folder && (overwrite || (await isResult(path)) || (await isUnmarkedResult(path, json)))) continue
    throw new AdzusError({
      what: 'write',
      where: path,
      expected: 'no file yet, or a result of adzus',
      got: folder ? 'a folder' : 'a file of another origin',
      hint: folder ? 'Choose another --output.' : 'Choose another --output, or replace it with --overwrite.',
    })
  }
}

/**
 * Pictures had no mark before their JSON told of the input's contents. Such a JSON vouches for those that it lists and that have not been changed since it was written. Whether it is
 * a result itself is not asked here: it is one of the paths to look at.
 */
async function isUnmarkedResult(path: string, json: string): Promise<boolean> {
  try {
    const { inputFile, files } = JSON.parse((await readRegular(json, MAX_JSON)).toString())
    if (inputFile !== undefined || !Object.values(files).includes(basename(path))) return false
    return (await stat(path)).mtimeMs <= (await stat(json)).mtimeMs
  } catch {
    return false
  }
}
