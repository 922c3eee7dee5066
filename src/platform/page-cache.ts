/**
 * @file A page's place for what can always be computed again (see `app-cache.ts`): one store of
 * IndexedDB, which belongs to the page's origin. Whatever goes wrong with it, the work goes on
 * without.
 */
import type { AppCache } from './app-cache.ts'

const DATABASE = 'adzus'
const STORE = 'cache'

export type { AppCache }

/** The cache, or undefined where the page may store nothing. */
export function appCache(): AppCache | undefined {
  if (!globalThis.indexedDB) return undefined
  return {
    get: (name) => request<Uint8Array | undefined>('readonly', (store) => store.get(name)).catch(() => undefined),
    put: (name, bytes) =>
      request('readwrite', (store) => store.put(bytes, name)).then(
        () => {},
        () => {},
      ),
  }
}

async function request<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
  const database: IDBDatabase = await settled(opening)
  try {
    return await settled<T>(ask(database.transaction(STORE, mode).objectStore(STORE)))
  } finally {
    database.close()
  }
}

function settled<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
