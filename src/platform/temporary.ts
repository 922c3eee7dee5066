/**
 * @file Temporary files beside the files that they will become.
 *
 * Their names are random and they are created exclusively, so that nothing that lies in a folder
 * already, a link to another place above all, is ever written through. A name also says which
 * process made it and where that process lives, so that what a killed one left behind can be told
 * from the work of one that runs.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { link, lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'

const TEMPORARY = /^\.adzus-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\.tmp$/
/** Milliseconds after which the temporary file of a process that we cannot ask is stale. */
const STALE = 24 * 3600 * 1000

/** The path of a new temporary file in the folder of `path`; its length does not depend on it. */
export function temporaryBeside(path: string): string {
  const random = randomBytes(8).toString('hex')
  return join(dirname(path), `.adzus-${place()}-${process.pid}-${random}.tmp`)
}

/** Writes a temporary file beside `path`. Returns its path; on failure nothing is left behind. */
export async function writeBeside(path: string, data: Uint8Array | string): Promise<string> {
  const temporary = temporaryBeside(path)
  const file = await open(temporary, 'wx')
  try {
    await file.writeFile(data)
    await file.close()
  } catch (error) {
    await file.close().catch(() => {})
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  return temporary
}

/** Replaces a file: there is no moment with half of it, or without it. */
export async function replaceFile(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = await writeBeside(path, data)
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Where links are impossible: the system's or the file system's rules. */
export const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'])

/**
 * Creates a file that nobody sees without its contents. Returns false where something of that name
 * is there.
 */
export async function createFile(path: string, data: Uint8Array | string): Promise<boolean> {
  const temporary = await writeBeside(path, data)
  try {
    // A second name for a finished file.
    await link(temporary, path).catch(async (error) => {
      if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      const file = await open(path, 'wx')
      await file.writeFile(data).finally(() => file.close())
    })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true }).catch(() => {})
  }
}

/** Removes from a folder the temporary files and folders of processes that have ended. */
export async function sweepTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, where, id] = TEMPORARY.exec(name) ?? []
    if (id === undefined) continue
    const path = join(folder, name)
    const stale = where === place() ? !runs(Number(id)) : await isOlder(path, STALE)
    if (stale) await rm(path, { force: true, recursive: true }).catch(() => {})
  }
}

/** Whether a process of this machine (and container) runs. */
export function runs(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    // It runs, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

let known: string | undefined

/** Names the machine, its boot and its container: where a process number means one process. */
export function place(): string {
  known ??= createHash('sha256').update(`${hostname()} ${boot()} ${namespace()}`).digest('hex').slice(0, 8)
  return known
}

function boot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
  } catch {
    return ''
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

async function isOlder(path: string, milliseconds: number): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined)
  return info !== undefined && Date.now() - info.mtimeMs > milliseconds
}
