/**
 * @file One process fetches a blob, others wait for it: a file `.locks/models--owner--name/ETAG.adzus.lock` that only one can create.
 *
 * The lock saves bandwidth; the cache is correct without it, because everyone writes to a file of its own and renames it when its checksum is right
 * (see `download.ts`). So a lock may be taken over on suspicion: when its process is gone from this machine, or when its time, renewed every 15 seconds, is a minute old.
 *
 * Python locks `ETAG.lock` beside it with `flock`, which Node does not have, and leaves that file behind; so its presence says nothing, and it is neither read nor written here. If
 * Python and we fetch the same blob at the same time, each writes its own temporary file, and the later rename puts the same contents in place.
 */
import type { Hub } from './hub.ts'

const POLL = 500
const RENEW = 15_000
const STALE = 60_000

export async function withLock<T>(
  hub: Hub,
  { repo, etag, onWait }: { repo: string; etag: string; onWait: () => void },
  task: () => Promise<T>,
): Promise<T> {
  const { disk, clock, signal } = hub
  const path = `${hub.cache.locks(repo)}/${etag}.adzus.lock`
  const mine = JSON.stringify({ process: disk.process.id, host: disk.process.host, call: crypto.randomUUID() })
  while (!(await disk.create(path, mine))) {
    signal.throwIfAborted()
    if (await isStale(hub, path)) await disk.remove(path)
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
  const folder = hub.cache.locks(repo)
  for (const name of await hub.disk.names(folder))
    if (name.includes('.adzus.lock') && (await isStale(hub, `${folder}/${name}`))) await hub.disk.remove(`${folder}/${name}`)
}

/** Whether a model is being fetched by some process. */
export async function isLocked(hub: Hub, repo: string): Promise<boolean> {
  const folder = hub.cache.locks(repo)
  for (const name of await hub.disk.names(folder))
    if (name.endsWith('.adzus.lock') && !(await isStale(hub, `${folder}/${name}`))) return true
  return false
}

async function isStale({ disk, clock }: Hub, path: string): Promise<boolean> {
  const info = await disk.stat(path)
  if (!info) return false
  if (clock.now() - info.modified > STALE) return true
  try {
    const { host, process } = JSON.parse((await disk.text(path)) ?? '')
    return host === disk.process.host && typeof process === 'number' && !disk.runs(process)
  } catch {
    // Damaged; it will be old one day.
    return false
  }
}
