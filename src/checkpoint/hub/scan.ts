/** @file Which snapshots the cache holds. */
import { AdzusError } from '../../errors.ts'
import { words } from './brief.ts'
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

/** All snapshots of a model. @throws AdzusError where its folder cannot be read */
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

/**
 * What is wrong with a model in the cache besides its snapshots: its folders, and the notes on
 * branches and tags.
 */
export async function faultsOf({ cache, disk }: Hub, repo: string): Promise<string[]> {
  const folder = cache.folder(repo)
  for (const path of [folder, `${folder}/refs`, `${folder}/snapshots`, `${folder}/blobs`]) {
    const kind = (await disk.stat(path))?.kind ?? ((await disk.target(path)) === undefined ? 'folder' : 'link that leads nowhere')
    if (kind !== 'folder') return [`${words(path)} is a ${kind === 'other' ? 'pipe, socket or device' : kind}`]
  }
  return [...(await cache.refs(repo))].filter(([, commit]) => commit === undefined).map(([ref]) => `refs/${ref} holds no commit`)
}

/** Bytes of the files of a snapshot; what several names share counts once. */
export function sizeOf(files: ReadonlyMap<string, CachedFile>): number {
  const blobs = new Map([...files].map(([name, { etag, size }]) => [etag ?? `/${name}`, size]))
  return [...blobs.values()].reduce((sum, size) => sum + size, 0)
}
