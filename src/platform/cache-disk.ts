/** @file The disk of the Hugging Face cache (`checkpoint/hub/disk.ts`), and the environment that says where it is, through Node's file API. */
import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import {
  copyFile,
  type FileHandle,
  link,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { dirname } from 'node:path'
import process from 'node:process'
import type { Disk, WritableFile } from '../checkpoint/hub/disk.ts'
import { makeFolder } from './folder.ts'

const PIECE = 4 * 2 ** 20
/** Errors that mean "nothing usable is there": not there, below a file, a circle of links, a folder instead of a file. */
const NOTHING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'EINVAL'])
/** Where links are impossible: the system's or the file system's rules. */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'])

/** The environment's variables, and the user's folder. */
export function environment(): { variables: Record<string, string | undefined>; home: string } {
  return { variables: process.env, home: homedir() }
}

export function cacheDisk(): Disk {
  return {
    async stat(path) {
      const info = await absent(stat(path))
      if (!info) return undefined
      return { kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other', size: info.size, modified: info.mtimeMs }
    },
    real: (path) => absent(realpath(path)),
    target: (path) => absent(readlink(path)),
    names: async (folder) => ((await absent(readdir(folder))) ?? []).sort(),
    text: (path) => absent(readFile(path, 'utf8')),
    async write(path, text) {
      await makeFolder(dirname(path))
      await renamed(path, (temporary) => writeFile(temporary, text))
    },
    async create(path, text) {
      await makeFolder(dirname(path))
      const temporary = temporaryName(path)
      try {
        // A second name for a finished file, so that there is no moment with an empty one.
        await writeFile(temporary, text)
        await link(temporary, path).catch(async (error) => {
          if (!NO_LINKS.has(code(error))) throw error
          await writeFile(path, text, { flag: 'wx' })
        })
        return true
      } catch (error) {
        if (code(error) === 'EEXIST') return false
        throw error
      } finally {
        await rm(temporary, { force: true })
      }
    },
    async touch(path) {
      const now = new Date()
      await utimes(path, now, now)
    },
    async rename(from, to) {
      await makeFolder(dirname(to))
      await rename(from, to)
    },
    async copy(from, to) {
      await makeFolder(dirname(to))
      await renamed(to, (temporary) => copyFile(from, temporary, constants.COPYFILE_FICLONE))
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
    async open(path) {
      await makeFolder(dirname(path))
      return writable(await open(path, constants.O_RDWR | constants.O_CREAT, 0o666))
    },
    hasher(algorithm) {
      const hash = createHash(algorithm)
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') }
    },
    async *pieces(path, end) {
      if (end === 0) return
      yield* createReadStream(path, { highWaterMark: PIECE, ...(end !== undefined && { end: end - 1 }) }) as AsyncIterable<Uint8Array>
    },
    async free(path) {
      for (let at = path; ; at = dirname(at)) {
        const info = await absent(statfs(at))
        if (info) return info.bavail * info.bsize
        if (dirname(at) === at) return undefined
      }
    },
    process: { id: process.pid, host: hostname() },
    runs(id) {
      try {
        process.kill(id, 0)
        return true
      } catch (error) {
        // It runs, but belongs to somebody else.
        return code(error) === 'EPERM'
      }
    },
  }
}

async function writable(handle: FileHandle): Promise<WritableFile> {
  const { size } = await handle.stat()
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

/** Makes a file or link under a temporary name beside its own, then renames it: there is no moment with half of it, or without it. */
async function renamed(path: string, make: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = temporaryName(path)
  try {
    await make(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function temporaryName(path: string): string {
  return `${path}.${randomUUID().slice(0, 8)}.tmp`
}

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

async function absent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (NOTHING.has(code(error))) return undefined
    throw error
  }
}
