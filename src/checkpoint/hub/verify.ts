/** @file Checking a snapshot again: checksums of its blobs against their names, and the headers of its weights. */
import { openDirectory } from '#platform'
import { AdzusError } from '../../errors.ts'
import { readHeader } from '../../safetensors/header.ts'
import { blobHasher } from './download.ts'
import type { Hub } from './hub.ts'

export interface Verdict {
  file: string
  size: number
  /** `unchecked` where the name tells no checksum: the snapshot holds the file itself. */
  status: 'right' | 'wrong' | 'broken link' | 'unchecked'
  /** What is wrong. */
  reason?: string
}

/** Checks all files of a snapshot, reading each once. */
export async function* verify(hub: Hub, repo: string, commit: string): AsyncGenerator<Verdict> {
  const folder = hub.cache.snapshot(repo, commit)
  const files = await openDirectory(folder)
  for (const file of await hub.cache.broken(repo, commit)) yield { file, size: 0, status: 'broken link' }
  for (const [file, { size, etag }] of await hub.cache.files(repo, commit)) {
    const hasher = etag === undefined ? undefined : blobHasher(hub, etag, size)
    if (hasher) {
      for await (const piece of hub.disk.pieces(`${folder}/${file}`)) {
        hub.signal.throwIfAborted()
        hasher.update(piece)
      }
      const digest = hasher.digest()
      if (digest !== etag) {
        yield { file, size, status: 'wrong', reason: `checksum ${digest} instead of ${etag}` }
        continue
      }
    }
    const reason = file.endsWith('.safetensors') ? await headerFault(files, file) : undefined
    if (reason !== undefined) yield { file, size, status: 'wrong', reason }
    else yield { file, size, status: hasher ? 'right' : 'unchecked' }
  }
}

async function headerFault(files: Awaited<ReturnType<typeof openDirectory>>, file: string): Promise<string | undefined> {
  const source = await files.open(file)
  try {
    await readHeader(source)
    return undefined
  } catch (error) {
    if (error instanceof AdzusError) return error.message
    throw error
  } finally {
    await source.close?.()
  }
}
