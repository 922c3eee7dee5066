/**
 * @file Writing results so that nobody ever sees half of one: to temporary names beside the targets, then rename.
 */
import { access, constants, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '#platform'
import { AdzusError } from '../errors.ts'

/**
 * Writes files that belong together, making their folders: all of them to temporary names, then each gets its own, in this order. On failure no temporary file is left behind.
 * @param ready called in between: all are written, and what was there before is still untouched
 */
export async function writeTogether(files: ReadonlyMap<string, Uint8Array | string>, ready: () => Promise<void>): Promise<void> {
  const temporary = (path: string) => `${path}.${process.pid}.tmp`
  try {
    for (const [path, data] of files)
      await writing(path, async () => {
        await makeFolder(dirname(path))
        await writeFile(temporary(path), data)
      })
    await ready()
    for (const path of files.keys()) await writing(path, () => rename(temporary(path), path))
  } catch (error) {
    for (const path of files.keys()) await rm(temporary(path), { force: true }).catch(() => {})
    throw error
  }
}

/** Removes a file, if it is there. */
export async function remove(path: string): Promise<void> {
  await writing(path, () => rm(path, { force: true }))
}

async function writing(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Makes a folder, if it is not there yet; fails unless files can be made in it. */
export async function makeWritable(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw unwritable(folder, cause)
  }
}

/** What cannot be written, and which option to change. */
export function unwritable(path: string, cause: unknown, expected = 'a folder that can be written to', option = '--output'): AdzusError {
  return new AdzusError(
    {
      what: 'write',
      where: path,
      expected,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: `Choose another ${option}.`,
    },
    { cause },
  )
}

/** Paths with links followed; one that is not there stays as it is. */
export async function realPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(await Promise.all(paths.map((path) => realpath(path).catch(() => path))))
}

/** Fails where a path that is to be written is one of the inputs (`realPaths`); `option` is what chose it. */
export async function refuseInput(path: string, inputs: ReadonlySet<string>, option: string): Promise<void> {
  const real = await realpath(path).catch(() => undefined)
  if (real !== undefined && inputs.has(real))
    throw new AdzusError({
      what: 'write',
      where: path,
      expected: 'a name that no input has',
      got: 'an input',
      hint: `Choose another ${option}.`,
    })
}
