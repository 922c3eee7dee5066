/**
 * @file The disk of the Hugging Face cache (`checkpoint/hub/disk.ts`), and the environment that
 * says where it is, through Node's file API.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, lstat, lutimes, readdir, readlink, realpath, rename, rm, stat, statfs, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import process from 'node:process'
import type { Disk, WritableFile } from '../checkpoint/hub/disk.ts'
import { AdzusError } from '../errors.ts'
import { unlessForbidden } from '../permission.ts'
import { makeFolder } from './folder.ts'
import { openOwn, openRegular, type RegularFile, readRegular } from './regular.ts'
import { createFile, NO_LINKS, place, replaceFile, runs, sweepTemporaries, temporaryBeside } from './temporary.ts'

const PIECE = 4 * 2 ** 20
/** Longer than any reference, lock, token or index of a checkpoint. */
const MAX_TEXT = 2 ** 20
/**
 * Errors that mean "nothing usable is there": not there, below a file, a circle of links, a folder
 * instead of a file.
 */
const NOTHING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'EINVAL'])

/** The environment's variables, and the user's folder, which is looked up when it is read. */
export function environment(): { variables: Record<string, string | undefined>; readonly home: string } {
  return {
    variables: process.env,
    get home() {
      return homedir()
    },
  }
}

export function cacheDisk(): Disk {
  return {
    async stat(path) {
      const info = await readable(path, stat(path))
      if (!info) return undefined
      return { kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other', size: info.size, modified: info.mtimeMs }
    },
    async own(path) {
      const info = await readable(path, lstat(path))
      return info?.isFile() && info.nlink === 1 ? info.size : undefined
    },
    real: (path) => readable(path, realpath(path)),
    target: (path) => readable(path, readlink(path)),
    names: async (folder) => ((await readable(folder, readdir(folder))) ?? []).sort(),
    async text(path) {
      const bytes = await readable(path, readRegular(path, MAX_TEXT)).catch((error) => {
        // What is no small file counts as none; what the system refuses (the cause) is said.
        if (!(error instanceof AdzusError) || error.cause !== undefined) throw error
      })
      return bytes?.toString('utf8')
    },
    async write(path, text) {
      await makeFolder(dirname(path))
      await replaceFile(path, text)
    },
    async create(path, text) {
      await makeFolder(dirname(path))
      return createFile(path, text)
    },
    async touch(path) {
      const now = new Date()
      await lutimes(path, now, now)
    },
    async rename(from, to) {
      await makeFolder(dirname(to))
      await rename(from, to).catch(async (error) => {
        // The folders lie on two disks, as where one of them is a link.
        if (code(error) !== 'EXDEV') throw error
        await copy(from, to)
        await rm(from)
      })
    },
    async copy(from, to) {
      await makeFolder(dirname(to))
      await copy(from, to)
    },
    async link(target, path) {
      await makeFolder(dirname(path))
      try {
        await symlink(target, path).catch(async (error) => {
          if (code(error) !== 'EEXIST') throw error
          await renamed(path, (temporary) => symlink(target, temporary))
        })
        return true
      } catch (error) {
        if (NO_LINKS.has(code(error))) return false
        throw error
      }
    },
    remove: (path) => rm(path, { recursive: true, force: true }),
    sweep: sweepTemporaries,
    async open(path) {
      await makeFolder(dirname(path))
      return writable(await openOwn(path))
    },
    hasher(algorithm) {
      const hash = createHash(algorithm)
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') }
    },
    async *pieces(path, end) {
      if (end === 0) return
      const { handle } = await openRegular(path)
      yield* handle.createReadStream({ highWaterMark: PIECE, ...(end !== undefined && { end: end - 1 }) }) as AsyncIterable<Uint8Array>
    },
    async free(path) {
      for (let at = path; ; at = dirname(at)) {
        const info = await readable(at, statfs(at))
        if (info) return info.bavail * info.bsize
        if (dirname(at) === at) return undefined
      }
    },
    process: { id: process.pid, place: place() },
    runs,
  }
}

async function writable({ handle, info: { size } }: RegularFile): Promise<WritableFile> {
  return {
    size,
    async write(offset, bytes) {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, offset + at)).bytesWritten
    },
    cut: (length) => handle.truncate(length),
    async finish() {
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    close: () => handle.close(),
  }
}

function copy(from: string, to: string): Promise<void> {
  return renamed(to, (temporary) => copyFile(from, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL))
}

/**
 * Makes a file or link under a temporary name beside its own, then renames it: there is no moment
 * with half of it, or without it.
 */
async function renamed(path: string, make: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = temporaryBeside(path)
  try {
    await make(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

/**
 * What reading gives; undefined where there is nothing usable. @throws AdzusError where the system
 * refuses
 */
async function readable<T>(path: string, result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof AdzusError) throw error
    if (NOTHING.has(code(error))) return undefined
    unlessForbidden(error)
    throw new AdzusError(
      { what: 'hub: cache', where: path, expected: 'a file or folder that can be read', got: code(error) || String(error) },
      { cause: error },
    )
  }
}
