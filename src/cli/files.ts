/**
 * @file Writing results so that nobody ever sees half of one: to temporary names beside the
 * targets, then rename.
 */
import { access, constants, lstat, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { makeFolder, sweepLease, sweepTemporaries, temporaryBeside, withLease, writeBeside } from '#platform'
import { AdzusError } from '../errors.ts'
import { inWords } from '../messages.ts'
import { permissionError } from '../permission.ts'

/**
 * Writes files that belong together into a folder, which is made where it is not there: all of them
 * to temporary names, then each gets its own, in this order, while no other process does the same
 * in this folder. On failure no temporary file is left behind.
 * @param files by their names; those of a folder within have paths (`a/b/c`), and the folder is
 *   replaced as a whole
 * @param ready called in between: all are written, and what was there before is still untouched
 */
export async function writeTogether(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  ready: () => Promise<void>,
): Promise<void> {
  const temporaries = new Map<string, string>()
  try {
    for (const [path, data] of files) {
      const [name, ...within] = path.split('/')
      await writing(join(folder, path), async () => {
        await makeFolder(folder)
        if (within.length === 0) temporaries.set(name, await writeBeside(join(folder, name), data))
        else {
          const whole = temporaries.get(name) ?? temporaryBeside(join(folder, name))
          temporaries.set(name, whole)
          const place = join(whole, ...within)
          await makeFolder(dirname(place))
          await writeFile(place, data)
        }
      })
    }
    await writing(folder, () =>
      withLease(folder, async () => {
        await ready()
        for (const [name, temporary] of temporaries) await writing(join(folder, name), () => takePlace(temporary, join(folder, name)))
      }),
    )
  } catch (error) {
    for (const temporary of temporaries.values()) await rm(temporary, { force: true, recursive: true }).catch(() => {})
    throw error
  }
}

/** A folder takes no other's place unless that is empty: it goes out of the way first. */
async function takePlace(temporary: string, path: string): Promise<void> {
  const old = (await isFolder(temporary)) && (await isFolder(path)) ? temporaryBeside(path) : undefined
  if (old !== undefined) await rename(path, old)
  await rename(temporary, path)
  if (old !== undefined) await rm(old, { force: true, recursive: true }).catch(() => {})
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false
}

/** Removes what killed processes left in folders. */
export async function sweep(folders: Iterable<string>): Promise<void> {
  for (const folder of folders) {
    await sweepTemporaries(folder)
    await sweepLease(folder).catch(() => {})
  }
}

/** Removes a file or a folder, if it is there. */
export async function remove(path: string): Promise<void> {
  await writing(path, () => rm(path, { force: true, recursive: true }))
}

async function writing(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    throw cause instanceof AdzusError ? cause : unwritable(path, cause)
  }
}

/**
 * Fails where nothing can be written to a folder, or where it could not be made, as far as can be
 * told without making it.
 */
export async function checkWritable(folder: string): Promise<void> {
  for (let place = resolve(folder); ; place = dirname(place)) {
    try {
      // Behind the slash there must be a folder.
      await access(`${place}/`, constants.W_OK | constants.X_OK)
      return
    } catch (cause) {
      const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT' && place !== dirname(place)
      if (!absent) throw unwritable(folder, cause)
    }
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
  const refusal = permissionError(cause instanceof AdzusError ? cause.cause : cause)
  if (refusal) return refusal
  return new AdzusError(
    {
      what: 'write',
      where: path,
      expected,
      got: inWords(cause),
      hint: `Choose another ${option}.`,
    },
    { cause },
  )
}

/** Paths with links followed; one that is not there stays as it is. */
export async function realPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(await Promise.all(paths.map((path) => realpath(path).catch(() => path))))
}

/**
 * Fails where a path that is to be written is one of the inputs (`realPaths`); `option` is what
 * chose it.
 */
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
