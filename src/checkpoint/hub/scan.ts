/** @file Which snapshots the cache holds. */
import { AdzusError } from '../../errors.ts'
import type { CachedFile } from './cache.ts'
import type { Hub } from './hub.ts'

export interface CachedSnapshot {
  repo: string
  commit: string
  /** Branches and tags that stand for it. */
  refs: string[]
  path: string
  files: ReadonlyMap<string, CachedFile>
  /** Why its files could not be listed. */
  fault?: string
}

/** Whether the name of a temporary file is one of ours or Python's. */
export function isTemporary(name: string): boolean {
  return name.endsWith('.incomplete') || name.endsWith('.tmp')
}

/** All snapshots of a model. */
export async function snapshots({ cache }: Hub, repo: string): Promise<CachedSnapshot[]> {
  const refs = [...(await cache.refs(repo))]
  const found: CachedSnapshot[] = []
  for (const commit of await cache.commits(repo)) {
    const snapshot = { repo, commit, refs: refs.filter(([, c]) => c === commit).map(([ref]) => ref), path: cache.snapshot(repo, commit) }
    try {
      found.push({ ...snapshot, files: await cache.files(repo, commit) })
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      found.push({ ...snapshot, files: new Map(), fault: error.message })
    }
  }
  return found
}

/** Bytes of the files of a snapshot; what several names share counts once. */
export function sizeOf(files: ReadonlyMap<string, CachedFile>): number {
  const blobs = new Map([...files].map(([name, { etag, size }]) => [etag ?? `/${name}`, size]))
  return [...blobs.values()].reduce((sum, size) => sum + size, 0)
}
