/**
 * @file Reading whole files that somebody named: only regular ones (a pipe or a device may never end), none beyond a bound,
 * and no picture to its end that is none by its beginning.
 */
import type { Stats } from 'node:fs'
import { constants, type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { AdzusError, inWords } from '../errors.ts'

/** Bytes of the longest NAME.json that is looked at. */
export const MAX_JSON = 2 ** 30

/** Bytes of the largest file of a picture. */
const MAX_PICTURE = 2 ** 31
/** So many bytes tell what a file is that is no picture. */
const BEGINNING = 2 ** 16
/** Bytes of one read call. */
const PIECE = 2 ** 28

/**
 * The bytes of a picture's file. Of what begins neither as PNG nor as JPEG only the beginning, which is enough to say what
 * it is instead.
 * @throws AdzusError for what is no regular file of at most 2 GiB, or cannot be read
 */
export async function readPicture(path: string, name: string): Promise<Uint8Array> {
  const fail = (got: string, expected = 'a readable file', cause?: unknown) =>
    new AdzusError({ what: 'image', where: name, expected, got }, { cause })
  try {
    return await withRegular(path, async (file, { size }) => {
      if (size > MAX_PICTURE) throw fail(`${(size / 2 ** 30).toFixed(1)} GiB`, 'a file of at most 2 GiB')
      const beginning = await read(file, Math.min(size, BEGINNING))
      if (size <= BEGINNING || !beginsAsPicture(beginning)) return beginning
      return read(file, size)
    })
  } catch (cause) {
    if (cause instanceof AdzusError) throw cause
    if (cause instanceof NotRegular) throw fail(cause.message, 'a file')
    const broken = (cause as NodeJS.ErrnoException).code === 'ENOENT' && (await lstat(path).catch(() => undefined))
    throw fail(broken ? 'a link to nothing' : inWords(cause), undefined, cause)
  }
}

/** The bytes of a regular file of at most `limit` bytes; fails for any other. */
export function readRegular(path: string, limit: number): Promise<Uint8Array> {
  return withRegular(path, (file, { size }) => {
    if (size > limit) throw new Error(`a file of more than ${limit} bytes`)
    return read(file, size)
  })
}

/** What is no regular file; its message says what it is instead. */
class NotRegular extends Error {}

async function withRegular<T>(path: string, work: (file: FileHandle, info: Stats) => Promise<T> | T): Promise<T> {
  // Opening a pipe waits for somebody to write into it, and opening a device may set it in motion.
  assertRegular(await stat(path))
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const info = await file.stat()
    assertRegular(info)
    return await work(file, info)
  } finally {
    await file.close()
  }
}

function assertRegular(info: Stats): void {
  if (info.isDirectory()) throw new NotRegular('a folder')
  if (info.isFIFO()) throw new NotRegular('a pipe')
  if (info.isSocket()) throw new NotRegular('a socket')
  if (!info.isFile()) throw new NotRegular('a device')
}

/** The first `length` bytes, or as many as there are by now. */
async function read(file: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, length - at), at)
    if (bytesRead === 0) return bytes.slice(0, at)
    at += bytesRead
  }
  return bytes
}

function beginsAsPicture(bytes: Uint8Array): boolean {
  return [PNG, JPEG].some((signature) => signature.every((byte, i) => bytes[i] === byte))
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff]
