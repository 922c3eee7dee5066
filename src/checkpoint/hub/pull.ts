/**
 * @file Pulling a model: only the files that are needed, several at a time, and the branch's name
 * last, so that whoever finds it finds all.
 *
 * `@huggingface/hub` (2.17) is not used for this: its download to a cache starts again from the
 * first byte after a break, compares no checksum, takes no lock, and knows no offline mode; what
 * would be left of it is one request.
 */
import { AdzusError, check } from '../../errors.ts'
import { fileSize } from '../../messages.ts'
import { nearest } from '../../nearest.ts'
import { Config } from '../config.ts'
import { checkPipeline } from '../family.ts'
import { type Choice, chooseFiles, isDiffusers, singleFiles, type Wish } from '../variants.ts'
import { brief } from './brief.ts'
import { fetchBlob, isChecksum, isFile, type Wanted } from './download.ts'
import { diskError, notCached } from './errors.ts'
import type { Hub } from './hub.ts'
import { type HubId, showId } from './id.ts'
import { describe, type Listing, readListing } from './listing.ts'
import { sweepLocks } from './lock.ts'
import { Meter } from './meter.ts'

/** What a pull left in the cache. */
export interface Snapshot {
  repo: string
  commit: string
  /** Its folder. */
  path: string
  choice: Choice
  /** Bytes of all its files. */
  size: number
  /** Files that could not be checked, since the hub names them by no checksum. */
  unverified: string[]
}

const INDEX = 'model_index.json'
/** Files that are named in a note, and that are offered where one is to be chosen. */
const NAMED = 5
const SHOWN = 20
/** Room that is left on the disk for others. */
const SPARE = 64 * 2 ** 20

/**
 * Fetches what the cache lacks of a model and checks it.
 * @throws AdzusError where the hub refuses, the model is none of ours, the disk is full, or bytes
 *   stay wrong
 */
export async function pull(hub: Hub, id: HubId, wish: Wish = {}): Promise<Snapshot> {
  const { offline, cache } = hub.settings
  if (offline !== undefined) throw notCached(id, 'a pull without a network', cache, offline)
  const listing = await readListing(hub, id)
  const choice = id.file === undefined ? await choose(hub, id, listing, wish) : { files: [one(id, listing)], plain: new Map() }
  const wanted: Wanted[] = await inParallel(hub, choice.files, async (file) => ({
    repo: id.repo,
    commit: listing.commit,
    file,
    ...(await describe(hub, listing, id.repo, file)),
  }))
  await fetchAll(hub, wanted)
  await sweepLocks(hub, id.repo)
  await sweepTemporaries(hub, wanted)
  await hub.cache.setCommit(id.repo, id.revision, listing.commit).catch((error) => {
    throw diskError(error, cache)
  })
  const size = wanted.reduce((sum, w) => sum + w.size, 0)
  const unverified = wanted.filter(({ etag }) => !isChecksum(etag)).map(({ file }) => file)
  if (unverified.length > 0) hub.onNote(notVerified(id, unverified), 'warning')
  return { repo: id.repo, commit: listing.commit, path: hub.cache.snapshot(id.repo, listing.commit), choice, size, unverified }
}

function notVerified({ repo }: HubId, files: readonly string[]): string {
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : ''
  return `${repo}: not verified, since the hub tells no checksum: ${files
    .slice(0, NAMED)
    .map((f) => brief(f))
    .join(', ')}${more}`
}

/** Removes what killed processes left where this pull has written. */
async function sweepTemporaries({ cache, disk }: Hub, wanted: readonly Wanted[]): Promise<void> {
  const folders = wanted.map(({ repo, commit, file }) => `${cache.snapshot(repo, commit)}/${file}`.replace(/\/[^/]*$/, ''))
  const { repo } = wanted[0]
  const others = [cache.root, `${cache.folder(repo)}/blobs`, `${cache.folder(repo)}/refs`]
  for (const folder of new Set([...folders, ...others])) await disk.sweep(folder)
}

/**
 * The files of a checkpoint in diffusers layout; its index is fetched first, since it says what
 * else is needed.
 */
async function choose(hub: Hub, id: HubId, listing: Listing, wish: Wish): Promise<Choice> {
  const names = [...listing.files.keys()]
  if (!isDiffusers(names)) throw noModel(id, listing)
  if (!names.includes(INDEX)) return chooseFiles(names, id.repo, wish)
  const remote = await describe(hub, listing, id.repo, INDEX)
  await fetchAll(hub, [{ repo: id.repo, commit: listing.commit, file: INDEX, ...remote }], true)
  const text = await hub.disk.text(`${hub.cache.snapshot(id.repo, listing.commit)}/${INDEX}`)
  const index = Config.parse(`${id.repo}/${INDEX}`, text ?? '')
  checkPipeline(index)
  return chooseFiles(names, id.repo, wish, index)
}

function one({ repo, revision, file }: HubId, { files }: Listing): string {
  check(file?.endsWith('.safetensors') === true, () => ({
    what: 'hub',
    where: repo,
    expected: 'a file that ends in .safetensors',
    got: `${file}`,
    hint: 'Pickled checkpoints can run code and are not read.',
  }))
  if (files.has(file!)) return file!
  const similar = nearest(file!, files.keys())
  throw new AdzusError({
    what: 'hub',
    where: `${repo} at ${revision}`,
    expected: `a file ${file}`,
    got: 'none',
    hint: similar && `Did you mean ${repo}/${similar}?`,
  })
}

function noModel({ repo, revision }: HubId, { files }: Listing): AdzusError {
  const single = singleFiles([...files.keys()])
  const size = (name: string) => (files.get(name)?.size === undefined ? '' : ` (${fileSize(files.get(name)!.size!)})`)
  return new AdzusError({
    what: 'hub',
    where: `${repo} at ${revision}`,
    expected: 'a Stable Diffusion checkpoint in diffusers layout (model_index.json, unet/, vae/, …)',
    got: single.length > 0 ? 'checkpoints in single files' : `${files.size} files without one`,
    hint:
      single.length > 0
        ? `Say which: ${single
            .slice(0, SHOWN)
            .map((name) => `${showId({ repo, revision, file: name })}${size(name)}`)
            .join(', ')}${single.length > SHOWN ? ' …' : '.'}`
        : undefined,
  })
}

async function fetchAll(hub: Hub, wanted: readonly Wanted[], quiet = false): Promise<void> {
  const { cache, disk, settings } = hub
  const missing: Wanted[] = []
  for (const w of wanted) if (!isFile(await disk.stat(`${cache.snapshot(w.repo, w.commit)}/${w.file}`), w.size)) missing.push(w)
  const total = wanted.reduce((sum, w) => sum + w.size, 0)
  const meter = new Meter(total, hub.clock, quiet ? () => {} : hub.onProgress)
  for (const w of wanted) if (!missing.includes(w)) meter.found(w.file, w.size)
  if (missing.length === 0) return
  try {
    await assertRoom(hub, missing)
    await cache.tag()
    // The same contents under two names (both tokenizers of SDXL) are fetched once; small ones
    // first.
    const blobs = new Map<string, Wanted[]>()
    for (const w of missing.sort((a, b) => a.size - b.size)) blobs.set(w.etag, [...(blobs.get(w.etag) ?? []), w])
    await inParallel(hub, [...blobs.values()], async (same) => {
      const fresh = await fetchBlob(hub, same[0], meter)
      for (const [i, { repo, commit, file, etag, size }] of same.entries()) {
        if (i > 0) meter.found(file, size)
        await cache.put(repo, commit, file, etag, { links: settings.links, fresh: fresh && i === same.length - 1 })
      }
    })
  } catch (error) {
    throw diskError(error, cache.root)
  }
}

async function assertRoom({ disk, cache }: Hub, missing: readonly Wanted[]): Promise<void> {
  let needed = 0
  for (const { repo, etag, size } of new Map(missing.map((w) => [w.etag, w])).values())
    if (!isFile(await disk.stat(cache.blob(repo, etag)), size)) needed += size
  // The blobs may lie on another disk than the rest.
  const free = await disk.free(`${cache.folder(missing[0].repo)}/blobs`)
  if (needed === 0 || free === undefined || needed + SPARE <= free) return
  throw new AdzusError({
    what: 'hub: cache',
    where: `${cache.folder(missing[0].repo)}/blobs`,
    expected: `${fileSize(needed + SPARE)} free on its disk`,
    got: fileSize(free),
    hint: 'Make room (adzus models remove), or choose another disk with HF_HUB_CACHE.',
  })
}

/** Does something for each item, some at a time; results in order. The first failure stops all. */
async function inParallel<T, R>(hub: Hub, items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const i = next++
      results[i] = await task(items[i])
    }
  }
  const workers = Array.from({ length: Math.min(hub.parallel, items.length) }, () =>
    worker().catch((error) => {
      hub.stop(error)
      throw error
    }),
  )
  // All of them, so that no file is open when the failure is reported.
  await Promise.allSettled(workers)
  await Promise.all(workers)
  return results
}
