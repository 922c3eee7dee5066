/**
 * @file Opening what is a file and nothing else. A pipe would be waited for and a device never
 * ends, so a path is looked at before it is opened, and what was opened is looked at again.
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { AdzusError } from '../errors.ts'

export interface RegularFile {
  handle: FileHandle
  info: Stats
}

/** Without waiting for a writer, should a pipe have taken the place of the file meanwhile. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const WRITE = constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/**
 * Opens a file for reading; links are followed.
 * @throws AdzusError for a folder, pipe, socket or device; the system's error where nothing is
 *   there
 */
export async function openRegular(path: string): Promise<RegularFile> {
  assertRegular(path, await stat(path))
  return checked(path, await open(path, READ))
}

/**
 * Opens a file for reading and writing, or makes it. It must be the file itself: what a link, or a
 * second name of it, stands for is never written to.
 * @throws AdzusError where the path is anything else
 */
export async function openOwn(path: string): Promise<RegularFile> {
  const before = await lstat(path).catch(absent)
  if (before) assertOwn(path, before)
  const file = await checked(path, await open(path, WRITE, 0o666))
  try {
    assertOwn(path, file.info)
  } catch (error) {
    await file.handle.close()
    throw error
  }
  return file
}

/** The text of a file (UTF-8). @throws AdzusError where it is none, or longer than `limit` bytes */
export async function readRegular(path: string, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const { handle, info } = await openRegular(path)
  try {
    if (info.size > limit) throw new AdzusError({ what: 'file', where: path, expected: `at most ${limit} bytes`, got: `${info.size}` })
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** What something is, in words. */
export function kindOf(info: Stats): string {
  if (info.isFile()) return 'a file'
  if (info.isDirectory()) return 'a folder'
  if (info.isSymbolicLink()) return 'a link'
  if (info.isFIFO()) return 'a pipe'
  return info.isSocket() ? 'a socket' : 'a device'
}

async function checked(path: string, handle: FileHandle): Promise<RegularFile> {
  try {
    const info = await handle.stat()
    assertRegular(path, info)
    return { handle, info }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function assertRegular(path: string, info: Stats): void {
  if (!info.isFile()) throw new AdzusError({ what: 'file', where: path, expected: 'a file', got: kindOf(info) })
}

function assertOwn(path: string, info: Stats): void {
  if (info.isFile() && info.nlink === 1) return
  const got = info.isFile() ? 'one with several names' : kindOf(info)
  throw new AdzusError({ what: 'file', where: path, expected: 'a file of its own', got })
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
