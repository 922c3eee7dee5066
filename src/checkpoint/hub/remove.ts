/**
 * @file Removing a model from the cache: a whole repository, or one snapshot with the blobs that no other snapshot uses.
 *
 * Names go before contents (refs, then the snapshot, then blobs), so that an interruption leaves blobs without a name and never a name without contents.
 */
import { check } from '../../errors.ts'
import type { Hub } from './hub.ts'
import { isLocked, sweepLocks } from './lock.ts'
import { isTemporary, snapshots } from './scan.ts'

export interface Removal {
  /** Commits whose snapshots go. */
  commits: string[]
  /** Bytes that this frees. Contents that Python shares between repositories stay where they are. */
  bytes: number
  run(): Promise<void>
}

/**
 * What a removal would do.
 * @param commit one snapshot; without it the whole repository
 * @throws AdzusError where there is no such model in the cache, or it is just being fetched
 */
export async function planRemoval(hub: Hub, repo: string, commit?: string): Promise<Removal> {
  const { cache, disk } = hub
  const folder = cache.folder(repo)
  const all = await snapshots(hub, repo)
  const chosen = all.filter((s) => commit === undefined || s.commit === commit)
  check(commit === undefined ? (await disk.stat(folder)) !== undefined : chosen.length > 0, () => ({
    what: 'models remove',
    where: cache.root,
    expected: commit === undefined ? repo : `${repo} at ${commit}`,
    got: 'no such model',
    hint: 'See adzus models list.',
  }))
  check(!(await isLocked(hub, repo)), () => ({
    what: 'models remove',
    where: repo,
    expected: 'a model that nobody is fetching',
    got: 'a running pull',
    hint: 'Wait until it ends.',
  }))
  const rest = all.filter((s) => !chosen.includes(s))
  check(
    rest.every((s) => s.fault === undefined),
    () => ({
      what: 'models remove',
      where: repo,
      expected: 'other snapshots whose blobs are known',
      got: rest.find((s) => s.fault !== undefined)!.fault!,
      hint: `Remove the whole model: adzus models remove ${repo}.`,
    }),
  )
  const kept = new Set(rest.flatMap((s) => [...s.files.values()].map(({ etag }) => etag)))
  const unused: string[] = []
  let bytes = 0
  for (const name of await disk.names(`${folder}/blobs`)) {
    const path = `${folder}/blobs/${name}`
    // Half a download may be continued for a snapshot that stays.
    if (kept.has(name) || (rest.length > 0 && isTemporary(name))) continue
    unused.push(path)
    if ((await disk.target(path)) === undefined) bytes += (await disk.stat(path))?.size ?? 0
  }
  for (const { files } of chosen) for (const { etag, size } of files.values()) if (etag === undefined) bytes += size
  return {
    commits: chosen.map((s) => s.commit),
    bytes,
    async run() {
      for (const s of chosen) for (const ref of s.refs) await disk.remove(`${folder}/refs/${ref}`)
      for (const s of chosen) await disk.remove(s.path)
      for (const path of unused) await disk.remove(path)
      for (const s of chosen) await disk.remove(`${folder}/trees/${s.commit}.json`)
      if (rest.length === 0) await disk.remove(folder)
      await sweepLocks(hub, repo)
    },
  }
}
