/**
 * @file What the tuner found, kept between runs: one note an adapter, of the kernels that are fastest there. It depends on shapes alone, never on a picture.
 */
import type { AppCache } from '#platform'
import type { Tunable } from '../tensor/tuner.ts'

/** Raised when kernels change so that old measurements mean nothing. */
const VERSION = 2

const nameOf = (backend: Tunable) => `tuning ${VERSION} ${backend.description}`

/** Takes up what is known of this adapter; a note that cannot be read is as good as none. */
export async function recallTuning(backend: Tunable, cache: AppCache): Promise<void> {
  const bytes = await cache.get(nameOf(backend))
  if (!bytes) return
  try {
    const known: unknown = JSON.parse(new TextDecoder().decode(bytes))
    for (const [key, best] of Object.entries(known as object)) if (typeof best === 'string') backend.choices.best.set(key, best)
  } catch {}
}

export async function keepTuning(backend: Tunable, cache: AppCache): Promise<void> {
  await cache.put(nameOf(backend), new TextEncoder().encode(JSON.stringify(Object.fromEntries(backend.choices.best))))
}
