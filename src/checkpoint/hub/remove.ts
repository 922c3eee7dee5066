/**
 * @file Removing a model from the cache: a whole repository, or one snapshot with the blobs that no
 * other snapshot uses.
 *
 * Names go before contents (refs, then the snapshot, then blobs), so that an interruption leaves
 * blobs without a name and never a name without contents.
 *
 * A model's folder, or a folder in it, may be a link. Then the link goes, and what it leads to
 * stays as it is: it may be anything, and others may use it. So every folder is asked where it
 * really lies before anything in it is removed.
 */
import { AdzusError, check } from '../../errors.ts'
import { words } from './brief.ts'
import { isTemporary, slashes } from './cache.ts'
import { diskError } from './errors.ts'
import type { Hub } from './hub.ts'
import { isLocked, sweepLocks } from './lock.ts'
import { type CachedSnapshot, snapshots } from './scan.ts'

export interface Removal {
  /** Commits whose snapshots go. */
  commits: string[]
  /**
   * Bytes that this frees. Contents that Python shares between repositories stay where they are,
   * and so does what links lead to.
   */
  bytes: number
  /** Links to other places, of which nothing but the link goes. */
  stays: Outside[]
  run(): Promise<void>
}

export interface Outside {
  /** The link's path. */
  link: string
  /** Where it leads. */
  path: string
}

/** The folders in a model's folder, names before contents. */
const FOLDERS = ['refs', 'snapshots', 'trees', '.no_exist', 'blobs']

/**
 * What a removal would do.
 * @param commit one snapshot; without it the whole repository
 * @throws AdzusError where there is no such model in the cache, it is just being fetched, or
 *   another model uses its contents
 */
export async function planRemoval(hub: Hub, repo: string, commit?: string): Promise<Removal> {
  const plan = await planned(hub, repo, commit)
  const run = () =>
    plan.run().catch((error) => {
      throw diskError(error, hub.cache.folder(repo))
    })
  return { ...plan, run }
}

async function planned(hub: Hub, repo: string, commit?: string): Promise<Removal> {
  const { cache, disk } = hub
  const folder = cache.folder(repo)
  const all = await snapshots(hub, repo)
  const chosen = all.filter((s) => commit === undefined || s.commit === commit)
  const isThere = (await disk.stat(folder)) !== undefined || (await disk.target(folder)) !== undefined
  check(commit === undefined ? isThere : chosen.length > 0, () => ({
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
  const stays = await linksElsewhere(hub, repo)
  const rest = all.filter((s) => !chosen.includes(s))
  const plan = { commits: chosen.map((s) => s.commit), stays, bytes: 0 }
  if (rest.length === 0) {
    await assertUnused(hub, repo)
    return { ...plan, bytes: await sizeOfAll(hub, repo, chosen), run: () => removeAll(hub, repo) }
  }
  const linked = stays.find(({ link }) => link === folder || link === `${folder}/snapshots`)
  if (linked) throw refused(repo, 'a snapshot that lies in the cache', `one behind a link to ${words(linked.path)}`)
  const faulty = rest.find((s) => s.fault !== undefined)
  if (faulty) throw refused(repo, 'other snapshots whose blobs are known', faulty.fault!)
  const unused = await unusedBlobs(hub, repo, rest)
  return {
    ...plan,
    bytes: (await total(hub, unused)) + (await total(hub, ownFiles(chosen))),
    run: async () => {
      for (const s of chosen) for (const ref of s.refs) await removeIn(hub, repo, 'refs', ref)
      for (const s of chosen) await removeIn(hub, repo, 'snapshots', s.commit)
      for (const path of unused) await removeIn(hub, repo, 'blobs', path.slice(`${folder}/blobs/`.length))
      for (const s of chosen) await removeIn(hub, repo, 'trees', `${s.commit}.json`)
      await sweepLocks(hub, repo)
    },
  }
}

/**
 * Names first; what is below a link is never entered, since removing a path removes links as links.
 */
async function removeAll(hub: Hub, repo: string): Promise<void> {
  const folder = hub.cache.folder(repo)
  const isFolder = (await hub.disk.stat(folder))?.kind === 'folder'
  if (isFolder && (await isOwn(hub, repo))) for (const name of FOLDERS) await hub.disk.remove(`${folder}/${name}`)
  await hub.disk.remove(folder)
  await sweepLocks(hub, repo)
}

/** Removes something of a folder, unless a link leads to that folder. */
async function removeIn(hub: Hub, repo: string, part: string, name: string): Promise<void> {
  const above = `${part}/${name}`.split('/').slice(0, -1).join('/')
  if (await isOwn(hub, repo, above)) await hub.disk.remove(`${hub.cache.folder(repo)}/${part}/${name}`)
}

/** Whether a model's folder, or one in it, lies where its name says. */
async function isOwn({ cache, disk }: Hub, repo: string, part = ''): Promise<boolean> {
  const real = await disk.real(part === '' ? cache.folder(repo) : `${cache.folder(repo)}/${part}`)
  return real !== undefined && slashes(real) === (await cache.home(repo, part))
}

/**
 * Links of a model that lead out of the cache, and its folders that are links to wherever; one for
 * each place.
 */
async function linksElsewhere(hub: Hub, repo: string): Promise<Outside[]> {
  const { cache, disk } = hub
  const folder = cache.folder(repo)
  const real = async (path: string) => slashes((await disk.real(path)) ?? '')
  const root = await real(cache.root)
  const found: Outside[] = []
  const look = async (link: string, isFolder: boolean): Promise<boolean> => {
    if ((await disk.target(link)) === undefined) return false
    const path = await real(link)
    const isBelow = (above: string) => path === above || path.startsWith(`${above}/`)
    // What leads nowhere leaves nothing behind.
    if (path !== '' && (isFolder || !isBelow(root)) && !found.some((f) => isBelow(f.path))) found.push({ link, path })
    return true
  }
  if (await look(folder, true)) return found
  const open: string[] = []
  // The blobs first: links of snapshots lead there.
  for (const name of [...FOLDERS].reverse()) if (!(await look(`${folder}/${name}`, true))) open.push(`${folder}/${name}`)
  for (const at of open)
    for (const name of await disk.names(at)) {
      const path = `${at}/${name}`
      if (!(await look(path, false)) && (await disk.stat(path))?.kind === 'folder') open.push(path)
    }
  return found
}

/** Blobs that no snapshot of a list uses; none where the blobs lie elsewhere. */
async function unusedBlobs(hub: Hub, repo: string, rest: readonly CachedSnapshot[]): Promise<string[]> {
  if (!(await isOwn(hub, repo, 'blobs'))) return []
  const users = await others(hub, repo)
  const kept = new Set([...rest, ...users].flatMap((s) => [...s.files.values()].map(({ blob }) => blob)))
  const home = await hub.cache.home(repo, 'blobs')
  const etags = new Set(rest.flatMap((s) => [...s.files.values()].map(({ etag }) => etag)))
  const names = await hub.disk.names(`${hub.cache.folder(repo)}/blobs`)
  // Half a download may be continued for a snapshot that stays.
  const unused = names.filter((name) => !etags.has(name) && !kept.has(`${home}/${name}`) && !isTemporary(name))
  return unused.map((name) => `${hub.cache.folder(repo)}/blobs/${name}`)
}

/** Fails where a snapshot of another model leads to the blobs of this one. */
async function assertUnused(hub: Hub, repo: string): Promise<void> {
  if (!(await isOwn(hub, repo, 'blobs'))) return
  const home = await hub.cache.home(repo, 'blobs')
  for (const { repo: user, files } of await others(hub, repo))
    if ([...files.values()].some(({ blob }) => blob?.startsWith(`${home}/`)))
      throw new AdzusError({
        what: 'models remove',
        where: repo,
        expected: 'a model whose contents no other one uses',
        got: `links of ${user} to them`,
        hint: `Remove that first: adzus models remove ${user}.`,
      })
}

async function others(hub: Hub, repo: string): Promise<CachedSnapshot[]> {
  const found: CachedSnapshot[] = []
  for (const other of await hub.cache.repos()) {
    if (other === repo) continue
    // What cannot be read uses nothing that we could know of.
    found.push(...(await snapshots(hub, other).catch((error) => (error instanceof AdzusError ? [] : Promise.reject(error)))))
  }
  return found
}

async function sizeOfAll(hub: Hub, repo: string, all: readonly CachedSnapshot[]): Promise<number> {
  if (!(await isOwn(hub, repo))) return 0
  const snapshots = (await isOwn(hub, repo, 'snapshots')) ? ownFiles(all) : []
  const blobs = `${hub.cache.folder(repo)}/blobs`
  const names = (await isOwn(hub, repo, 'blobs')) ? await hub.disk.names(blobs) : []
  return total(hub, [...snapshots, ...names.map((name) => `${blobs}/${name}`)])
}

/** Paths of what snapshots hold themselves. */
function ownFiles(all: readonly CachedSnapshot[]): string[] {
  return all.flatMap((s) => [...s.files].filter(([, { etag }]) => etag === undefined).map(([name]) => `${s.path}/${name}`))
}

/** What removing files frees: of links, and of files with a second name, nothing. */
async function total({ disk }: Hub, paths: readonly string[]): Promise<number> {
  let bytes = 0
  for (const path of paths) bytes += (await disk.own(path)) ?? 0
  return bytes
}

function refused(repo: string, expected: string, got: string): AdzusError {
  return new AdzusError({ what: 'models remove', where: repo, expected, got, hint: `Remove the whole model: adzus models remove ${repo}.` })
}
