/**
 * @file Reading files of pictures: none beyond a bound, and none to its end that is no picture by
 * its beginning.
 */
import { type FileHandle, lstat } from 'node:fs/promises'
import { openRegular } from '#platform'
import { AdzusError } from '../errors.ts'
import { isPicture } from '../index.ts'
import { exceeding, fileSize, inWords } from '../messages.ts'

/** Bytes of the largest file of a picture. */
const MAX_PICTURE = 2 ** 31
/** So many bytes tell what a file is that is no picture. */
const BEGINNING = 2 ** 16
/** Bytes of one read call. */
const PIECE = 2 ** 28

/**
 * The bytes of a picture's file. Of what does not begin as a format that is read only the
 * beginning, which is enough to say what it is instead.
 * @throws AdzusError for what is no regular file of at most 2 GiB (2.15 GB), or cannot be read
 */
export async function readPicture(path: string, name: string): Promise<Uint8Array> {
  const fail = (got: string, expected = 'a readable file', cause?: unknown) =>
    new AdzusError({ what: 'image', where: name, expected, got }, { cause })
  const { handle, info } = await openRegular(path).catch(async (cause) => {
    if (cause instanceof AdzusError) throw fail(cause.failure.got, cause.failure.expected)
    const broken = cause.code === 'ENOENT' && (await lstat(path).catch(() => undefined))
    throw fail(broken ? 'a link to nothing' : inWords(cause), undefined, cause)
  })
  try {
    if (info.size > MAX_PICTURE) throw fail(exceeding(info.size, MAX_PICTURE, fileSize), `a file of at most ${fileSize(MAX_PICTURE)}`)
    const beginning = await read(handle, Math.min(info.size, BEGINNING))
    return info.size > BEGINNING && isPicture(beginning) ? await read(handle, info.size) : beginning
  } catch (cause) {
    throw cause instanceof AdzusError ? cause : fail(inWords(cause), undefined, cause)
  } finally {
    await handle.close()
  }
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
