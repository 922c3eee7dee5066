/**
 * @file Files that say whose something is: created by one process only, with the place and number
 * of that process at their beginning, and taken away from one that has ended.
 */
import { lstat, rename, rm } from 'node:fs/promises'
import { readRegular } from './regular.ts'
import { createFile, place, runs, temporaryBeside } from './temporary.ts'

/** Bytes of the longest such file. */
const MOST = 4096

/** What such a file says; undefined where none is, empty where something else is in its place. */
export async function ownerOf(path: string): Promise<string | undefined> {
  try {
    return (await readRegular(path, MOST)).toString()
  } catch {
    return (await lstat(path).catch(() => undefined)) && ''
  }
}

/** Whether an owner, as `ownerOf` gives it, is a process of this machine that has ended. */
export function hasEnded(owner: string): boolean {
  const [where, id] = owner.split(' ')
  return where === place() && !runs(Number(id))
}

/**
 * Removes somebody's file, unless it has changed hands. Only one of several can rename it; who
 * thereby gets the new file of another puts that back.
 */
export async function takeAway(path: string, owner: string): Promise<void> {
  if ((await ownerOf(path)) !== owner) return
  const aside = temporaryBeside(path)
  await rename(path, aside).catch(() => {})
  const taken = await ownerOf(aside)
  if (taken !== undefined && taken !== owner) await createFile(path, taken).catch(() => {})
  await rm(aside, { force: true })
}
