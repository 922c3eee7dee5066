/**
 * @file Checking a snapshot again: checksums of its blobs against their names, and the headers of
 * its weights.
 */
import { openDirectory } from '#platform'
import { AdzusError } from '../../errors.ts'
import { readHeader } from '../../safetensors/header.ts'
import type { Files } from '../files.ts'
import { brief, words } from './brief.ts'
import type { Hasher } from './disk.ts'
import { blobHasher } from './download.ts'
import type { Hub } from './hub.ts'

export interface Verdict {
  file: string
  size: number
  /**
   * `unchecked` where nothing tells a checksum: the snapshot holds the file itself, or the hub
   * named it otherwise.
   */
  status: 'right' | 'wrong' | 'broken link' | 'unchecked'
  /** What is wrong, or why it was not checked. */
  reason?: string
}

/** Checks all files of a snapshot, reading each once. */
export async function* verify(hub: Hub, repo: string, commit: string): AsyncGenerator<Verdict> {
  const folder = hub.cache.snapshot(repo, commit)
  const files = await openDirectory(folder)
  for (const file of await hub.cache.broken(repo, commit)) yield { file, size: 0, status: 'broken link' }
  for (const [file, { size, etag }] of await hub.cache.files(repo, commit)) {
    const hasher = etag === undefined ? undefined : blobHasher(hub, etag, size)
    const reason = (hasher && (await checksumFault(hub, `${folder}/${file}`, hasher, etag!))) ?? (await headerFault(files, file))
    if (reason !== undefined) yield { file, size, status: 'wrong', reason }
    else if (hasher) yield { file, size, status: 'right' }
    else
      yield {
        file,
        size,
        status: 'unchecked',
        reason: etag === undefined ? 'it is a file of the snapshot' : `${brief(etag)} is no checksum`,
      }
  }
}

async function checksumFault(hub: Hub, path: string, hasher: Hasher, etag: string): Promise<string | undefined> {
  try {
    for await (const piece of hub.disk.pieces(path)) {
      hub.signal.throwIfAborted()
      hasher.update(piece)
    }
  } catch (error) {
    hub.signal.throwIfAborted()
    const { code, message } = error as Error & { code?: unknown }
    if (code === undefined && !(error instanceof AdzusError)) throw error
    return words(message)
  }
  const digest = hasher.digest()
  return digest === etag ? undefined : `checksum ${digest} instead of ${etag}`
}

async function headerFault(files: Files, file: string): Promise<string | undefined> {
  if (!file.endsWith('.safetensors')) return undefined
  try {
    const source = await files.open(file)
    try {
      await readHeader(source)
    } finally {
      await source.close?.()
    }
    return undefined
  } catch (error) {
    if (error instanceof AdzusError) return error.message
    throw error
  }
}
