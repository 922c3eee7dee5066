/**
 * @file A folder for what can always be computed again: hashes of large files, encoded texts.
 * Nothing that depends on a picture is ever kept there.
 *
 * ADZUS_CACHE names it (`off`: none), else $XDG_CACHE_HOME/adzus, else ~/.cache/adzus. Whatever
 * goes wrong with it, the work goes on without.
 */
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { makeFolder } from './folder.ts'
import { readRegular } from './regular.ts'
import { replaceFile, sweepTemporaries } from './temporary.ts'

/** Encoded texts have some hundred kilobytes. */
const LONGEST = 64 * 2 ** 20

export interface AppCache {
  /** What was put under that name; undefined where there is nothing. */
  get(name: string): Promise<Uint8Array | undefined>
  put(name: string, bytes: Uint8Array): Promise<void>
}

/** Folders whose leftovers of killed processes this process has removed. */
const swept = new Set<string>()

/** The cache, or undefined where there is to be none. */
export function appCache(): AppCache | undefined {
  const { ADZUS_CACHE, XDG_CACHE_HOME } = process.env
  if (ADZUS_CACHE === 'off') return undefined
  const root = ADZUS_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'adzus')
  const path = (name: string) => join(root, createHash('sha256').update(name).digest('hex'))
  return {
    get: (name) => readRegular(path(name), LONGEST).catch(() => undefined),
    async put(name, bytes) {
      try {
        await makeFolder(root)
        if (!swept.has(root)) await sweepTemporaries(root)
        swept.add(root)
        await replaceFile(path(name), bytes)
      } catch {
        // Then it is computed again.
      }
    },
  }
}
