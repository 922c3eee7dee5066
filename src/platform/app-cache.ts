/**
 * @file A folder for what can always be computed again: hashes of large files, encoded texts. Nothing that depends on a picture is ever kept there.
 *
 * ADZUS_CACHE names it (`off`: none), else $XDG_CACHE_HOME/adzus, else ~/.cache/adzus. Whatever goes wrong with it, the work goes on without.
 */
import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { makeFolder } from './folder.ts'

export interface AppCache {
  /** What was put under that name; undefined where there is nothing. */
  get(name: string): Promise<Uint8Array | undefined>
  put(name: string, bytes: Uint8Array): Promise<void>
}

/** The cache, or undefined where there is to be none. */
export function appCache(): AppCache | undefined {
  const { ADZUS_CACHE, XDG_CACHE_HOME } = process.env
  if (ADZUS_CACHE === 'off') return undefined
  const root = ADZUS_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'adzus')
  const path = (name: string) => join(root, createHash('sha256').update(name).digest('hex'))
  return {
    get: (name) => readFile(path(name)).catch(() => undefined),
    async put(name, bytes) {
      const temporary = `${path(name)}.${process.pid}.tmp`
      try {
        await makeFolder(root)
        await writeFile(temporary, bytes)
        await rename(temporary, path(name))
      } catch {
        await rm(temporary, { force: true }).catch(() => {})
      }
    },
  }
}
