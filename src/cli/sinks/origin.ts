/**
 * @file Whose file is it? A run takes the place of earlier results alone (`output/mark.ts`), and
 * never of a file that only has such a name.
 */
import { lstat, open, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { readRegular } from '#platform'
import { AdzusError } from '../../errors.ts'
import { MARK_BYTES } from '../../output/mark.ts'
import { isOurs } from '../../output/registry.ts'
import { unwritable } from '../files.ts'

/** Bytes of the longest record that is looked at. */
export const MAX_RECORD = 2 ** 28

/** Whether a file has the mark of an output; not where it cannot be read. */
export async function isResult(path: string, ours: (beginning: Uint8Array) => boolean = isOurs): Promise<boolean> {
  try {
    // Opening a pipe would wait for somebody to write into it.
    if (!(await stat(path)).isFile()) return false
    const file = await open(path)
    try {
      const bytes = new Uint8Array(MARK_BYTES)
      const { bytesRead } = await file.read(bytes, 0, MARK_BYTES, 0)
      return ours(bytes.subarray(0, bytesRead))
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

/** A file that is to be written, and how earlier results in its place are recognised. */
export interface Target {
  path: string
  isOurs: (beginning: Uint8Array) => boolean
  /** Of a folder: the file in it that has the mark, and which others may be in it. */
  folder?: { marked: string; holds: (path: string) => boolean }
}

/** Whether what lies at a target is an earlier result; a folder with anything else in it is not. */
export async function isEarlier({ path, isOurs: ours, folder }: Target): Promise<boolean> {
  if (!folder) return isResult(path, ours)
  if (!(await isResult(join(path, folder.marked), ours))) return false
  return (await filesIn(path)).every(folder.holds)
}

/** The paths of all files below a folder, with slashes. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) =>
    relative(folder, join(entry.parentPath ?? entry.path, entry.name))
      .split(sep)
      .join('/'),
  )
}

/**
 * Fails where a result would take the place of something else.
 * @param record path of the record that may list the targets
 * @param overwrite whether files of other origin may be replaced; folders never are
 */
export async function refuseForeign(targets: readonly Target[], record: string | undefined, overwrite: boolean): Promise<void> {
  for (const target of targets) {
    const { path } = target
    // Not what a link leads to: even a broken one is somebody's.
    const found = await lstat(path).catch((cause) => {
      if (cause.code === 'ENOENT') return undefined
      throw unwritable(path, cause, 'a result that can be written')
    })
    if (!found) continue
    const folder = found.isDirectory()
    const isAlike = folder === (target.folder !== undefined)
    if (isAlike && (await isEarlier(target))) continue
    if (isAlike && !folder && (overwrite || (record !== undefined && (await isUnmarkedResult(path, record))))) continue
    throw new AdzusError({
      what: 'write',
      where: path,
      expected: 'no file yet, or a result of adzus',
      got: folder ? (isAlike ? 'a folder of another origin, or with other files in it' : 'a folder') : 'a file of another origin',
      hint: folder || !isAlike ? 'Choose another --output.' : 'Choose another --output, or replace it with --overwrite.',
    })
  }
}

/**
 * Pictures had no mark before their record told of the input's contents. Such a record vouches for
 * those that it lists and that have not been changed since it was written. Whether it is a result
 * itself is not asked here: it is one of the targets.
 */
async function isUnmarkedResult(path: string, record: string): Promise<boolean> {
  try {
    const { inputFile, files } = JSON.parse((await readRegular(record, MAX_RECORD)).toString())
    if (inputFile !== undefined || !Object.values(files).includes(basename(path))) return false
    return (await stat(path)).mtimeMs <= (await stat(record)).mtimeMs
  } catch {
    return false
  }
}
