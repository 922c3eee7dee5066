/**
 * @file One process fetches a blob, others wait for it: a file
 * `.locks/models--owner--name/ETAG.adzus.lock` that only one can create.
 *
 * The lock saves bandwidth; the cache is correct without it, because everyone writes to a file of
 * its own and renames it when its checksum is right (see `download.ts`). So a lock may be taken
 * over on suspicion: when its process is gone from this place (a machine's boot and container:
 * elsewhere its number means another process), or when its time, renewed every 15 seconds, is a
 * minute off.
 *
 * Python locks `ETAG.lock` beside it with `flock`, which Node does not have, and leaves that file
 * behind; so its presence says nothing, and it is neither read nor written here. If Python and we
 * fetch the same blob at the same time, each writes its own temporary file, and the later rename
 * puts the same contents in place.
 */
import { slashes } from './cache.ts'
import type { Hub } from './hub.ts'

const POLL = 500
const RENEW = 15_000
const STALE = 60_000
const ENDING = '.adzus.lock'

export async function withLock<T>(
  hub: Hub,
  { repo, etag, onWait }: { repo: string; etag: string; onWait: () => void },
  task: () => Promise<T>,
): Promise<T> {
  const { disk, clock, signal } = hub
  const path = `${hub.cache.locks(repo)}/${etag}${ENDING}`
  const mine = JSON.stringify({ process: disk.process.id, place: disk.process.place, call: crypto.randomUUID() })
  while (!(await disk.create(path, mine))) {
    signal.throwIfAborted()
    if (await isStale(hub, path)) await takeAway(hub, path)
    else {
      onWait()
      await clock.sleep(POLL, signal)
    }
  }
  let cancel = () => {}
  const renew = () => {
    // A lock that was taken over is somebody else's now; its file may be gone.
    disk.touch(path).catch(() => {})
    cancel = clock.after(RENEW, renew)
  }
  cancel = clock.after(RENEW, renew)
  try {
    return await task()
  } finally {
    cancel()
    if ((await disk.text(path)) === mine) await disk.remove(path)
  }
}

/** Removes what killed processes left behind of the locks of a model. */
export async function sweepLocks(hub: Hub, repo: string): Promise<void> {
  const { disk, cache } = hub
  const folder = cache.locks(repo)
  // A folder that is a link holds what is not ours.
  const [root, real] = [await disk.real(cache.root), await disk.real(folder)]
  if (root === undefined || real === undefined || slashes(real) !== folder.replace(cache.root, slashes(root))) return
  for (const name of await disk.names(folder))
    if (name.includes(ENDING) && (await isStale(hub, `${folder}/${name}`))) await takeAway(hub, `${folder}/${name}`)
  await disk.sweep(folder)
}

/** Whether a model is being fetched by some process. */
export async function isLocked(hub: Hub, repo: string): Promise<boolean> {
  const folder = hub.cache.locks(repo)
  for (const name of await hub.disk.names(folder)) if (name.endsWith(ENDING) && !(await isStale(hub, `${folder}/${name}`))) return true
  return false
}

/**
 * Removes a stale lock. Between the look at it and its removal another process may have done the
 * same and put its own lock there; so it is moved aside first, looked at again, and put back if it
 * lives.
 */
async function takeAway(hub: Hub, path: string): Promise<void> {
  const { disk } = hub
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}`
  try {
    await disk.rename(path, aside)
  } catch (error) {
    // Another process was faster.
    if ((error as { code?: unknown }).code === 'ENOENT') return
    throw error
  }
  const text = (await isStale(hub, aside)) ? undefined : await disk.text(aside)
  if (text !== undefined) await disk.create(path, text)
  await disk.remove(aside)
}

async function isStale({ disk, clock }: Hub, path: string): Promise<boolean> {
  // No lock of ours is a link: waiting for one that leads nowhere would never end.
  if ((await disk.target(path)) !== undefined) return true
  const info = await disk.stat(path)
  if (!info) return false
  if (Math.abs(clock.now() - info.modified) > STALE) return true
  try {
    const { place, process } = JSON.parse((await disk.text(path)) ?? '')
    return place === disk.process.place && Number.isSafeInteger(process) && process > 0 && !disk.runs(process)
  } catch {
    // Damaged; it will be old one day.
    return false
  }
}
