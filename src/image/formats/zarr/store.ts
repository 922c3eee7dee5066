/**
 * @file Where the files of a Zarr hierarchy lie: a folder, or below a URL. Names in its metadata
 * lead nowhere else.
 */
import { zarrFolder } from '#platform'
import { AdzusError, check } from '../../../errors.ts'
import type { Signal } from '../../../signal.ts'

/** A part of a file: so many bytes from an offset on, or the last ones. */
export type ByteRange = { offset: number; length: number } | { suffixLength: number }

/** Files by their paths, as the library zarrita reads them. */
export interface ZarrStore {
  /** For messages. */
  readonly name: string
  /** A file's bytes in memory of their own; nothing where it is not there. */
  get(path: `/${string}`): Promise<Uint8Array | undefined>
  /** A part of a file. */
  getRange(path: `/${string}`, range: ByteRange): Promise<Uint8Array | undefined>
}

/** More bytes than this are asked of no file at once: no chunk is as large. */
export const MOST_BYTES = 2 ** 30

/**
 * A hierarchy below a URL; each file is fetched when it is needed. A server that answers 404 (as
 * some clouds do, 403) says that a file is not there.
 * @example
 * const { images } = await openZarr(urlStore('https://example.org/plate.zarr'), 'plate.zarr')
 */
export function urlStore(address: string, signal?: Signal): ZarrStore {
  const root = address.replace(/\/+$/, '')
  const get = async (path: string, range?: ByteRange) => {
    const url = root + checkedPath(path, address).split('/').map(encodeURIComponent).join('/')
    const failed = (got: string, cause?: unknown) =>
      new AdzusError({ what: 'image', where: address, expected: `an answer for ${path}`, got }, { cause })
    const headers = range && {
      Range: 'offset' in range ? `bytes=${range.offset}-${range.offset + range.length - 1}` : `bytes=-${range.suffixLength}`,
    }
    try {
      const answer = await fetch(url, { signal: signal as AbortSignal | undefined, headers })
      if (answer.status === 404 || answer.status === 403) {
        await answer.body?.cancel()
        return undefined
      }
      if (!answer.ok) throw failed(`HTTP ${answer.status}`)
      if (Number(answer.headers.get('content-length') ?? 0) > MOST_BYTES) throw failed('more than a GiB')
      const bytes = new Uint8Array(await answer.arrayBuffer())
      // Servers may send the whole file all the same.
      return range && answer.status === 200 ? rangeOf(bytes, range) : bytes
    } catch (error) {
      if (error instanceof AdzusError || signal?.aborted) throw error
      const { message, cause } = error as Error
      throw failed(cause instanceof Error ? cause.message : message, error)
    }
  }
  return { name: address, get, getRange: get }
}

function rangeOf(bytes: Uint8Array, range: ByteRange): Uint8Array {
  if ('offset' in range) return bytes.slice(range.offset, range.offset + range.length)
  return bytes.slice(Math.max(0, bytes.length - range.suffixLength))
}

/**
 * A path that stays below the root.
 * @throws AdzusError for one that leads out, which broken or malicious metadata may name
 */
export function checkedPath(path: string, where: string): string {
  const steps = path.split(/[/\\]/)
  check(!steps.includes('..') && !path.includes('\0'), () => ({
    what: 'image',
    where,
    expected: 'files within the Zarr folder',
    got: path,
  }))
  return path
}

/**
 * A hierarchy in a folder of a disk.
 * @example
 * const { images } = await openZarr(folderStore('plate.zarr'), 'plate.zarr')
 */
export function folderStore(path: string): ZarrStore {
  const folder = zarrFolder(path)
  return {
    name: path,
    get: async (file) => folder.get(checkedPath(file, path), MOST_BYTES),
    getRange: async (file, range) => folder.getRange(checkedPath(file, path), range),
  }
}
