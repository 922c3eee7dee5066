/** @file Making folders. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, if they are not there yet.
 *
 * Node's own `recursive` never returns where an existing folder refuses with "no such file", as
 * those of /proc and of automounted homes do.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (await isFolder(path)) return
    const above = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    if (!(await isFolder(above))) await makeFolder(above)
    // Once more, and once only: the folder above is there now, whoever made it.
    await mkdir(path).catch(async (refusal) => {
      if (!(await isFolder(path))) throw refusal
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
