/**
 * @file What the tuner found, kept between runs: one note an adapter, of the kernels that are
 * fastest there. It depends on shapes alone, never on a picture.
 */
import type { AppCache } from '#platform'
import type { Backend } from '../tensor/index.ts'

/** Raised when kernels change so that old measurements mean nothing. */
const VERSION = 2

const nameOf = (backend: Backend) => `tuning ${VERSION} ${backend.description}`

/**
 * Takes up what is known of this adapter; a note that cannot be read is as good as none. Does
 * nothing where there are no choices.
 */
export async function recallTuning(backend: Backend, cache: AppCache): Promise<void> {
  const best = backend.tuning?.choices.best
  if (!best) return
  const bytes = await cache.get(nameOf(backend))
  if (!bytes) return
  try {
    const known: unknown = JSON.parse(new TextDecoder().decode(bytes))
    for (const [key, name] of Object.entries(known as object)) if (typeof name === 'string') best.set(key, name)
  } catch {}
}

/** Keeps the adapter's choices. Does nothing where there are none. */
export async function keepTuning(backend: Backend, cache: AppCache): Promise<void> {
  const best = backend.tuning?.choices.best
  if (best) await cache.put(nameOf(backend), new TextEncoder().encode(JSON.stringify(Object.fromEntries(best))))
}
