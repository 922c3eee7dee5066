/**
 * @file What a pattern matches, with nothing left out in silence: links are followed but never
 * round in circles, and what cannot be looked into is told of.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type GlobOptions, glob } from 'tinyglobby'
import { isZarrName } from '../index.ts'

export { isDynamicPattern } from 'tinyglobby'

export interface Walk {
  /**
   * Absolute paths of all that matches and is no folder, sorted: files, pipes, links to nothing.
   */
  paths: string[]
  /** Those of them that are links to nothing. */
  broken: Set<string>
  /** Folders that cannot be listed, and why. */
  unreadable: Map<string, unknown>
}

/** A folder is listed so many times at most, however many links lead to it. */
const MOST = 8
/** Reasons why there is no folder (any more), and so no gap. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR'])

/** What a listing of a folder tells of something in it, links followed. */
interface Entry {
  name: string
  isDirectory: () => boolean
  isFile: () => boolean
  isSymbolicLink: () => boolean
}

/** Finds what matches a pattern; `folder` is where it begins, if it is relative. */
export async function walk(pattern: string, folder = '.'): Promise<Walk> {
  const broken = new Set<string>()
  const unreadable = new Map<string, unknown>()
  /** Folders that have been listed, with their real paths. */
  const listed = new Map<string, string>()
  const times = new Map<string, number>()

  const list = async (path: string): Promise<Entry[]> => {
    const real = await realpath(path)
    for (let above = dirname(path); ; above = dirname(above)) {
      if (listed.get(above) === real) return []
      if (above === dirname(above)) break
    }
    const count = times.get(real) ?? 0
    if (count === MOST) return []
    times.set(real, count + 1)
    listed.set(path, real)
    const entries = await readdir(path, { withFileTypes: true })
    return Promise.all(
      entries.map(async (entry) => {
        let isFolder = entry.isDirectory()
        if (entry.isSymbolicLink()) {
          const target = await stat(join(path, entry.name)).catch(() => undefined)
          if (!target) broken.add(join(path, entry.name))
          isFolder = target?.isDirectory() ?? false
        }
        // Such a folder is one picture, not looked into.
        if (isZarrName(entry.name)) isFolder = false
        return { name: entry.name, isDirectory: () => isFolder, isFile: () => !isFolder, isSymbolicLink: () => false }
      }),
    )
  }

  const fs = {
    readdir: (path: string, _: unknown, done: (error: null, entries: Entry[]) => void) => {
      const whole = resolve(path)
      list(whole)
        .catch((error) => {
          if (!ABSENT.has(error.code)) unreadable.set(whole, error)
          return []
        })
        .then((entries) => done(null, entries))
    },
  } as unknown as GlobOptions['fs']
  const found = await glob(pattern, { cwd: folder, absolute: true, expandDirectories: false, fs })
  return { paths: found.map((path) => resolve(path)).sort(), broken, unreadable }
}
