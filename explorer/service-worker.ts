/**
 * @file The service worker: it sends the headers for threads where the host does not, and keeps the
 * page with its model, so that both are there without a network.
 *
 * Everything of one version lies in one cache. A newer version fills its own while the older one is
 * in use, takes over when that is wanted or no page is left, and then drops the older one's.
 */

interface Kept {
  /** Relative to the service worker. */
  path: string
  /** As `fetch` takes it. */
  integrity: string
}

/** Both lists and the version are written by scripts/explorer/precache.mjs. */
declare const __PRECACHE__: readonly Kept[]
/** Kept when they are first used: codecs and files that few visits need. */
declare const __LATER__: readonly Kept[]
declare const __VERSION__: string

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Lasting {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface Telling extends Lasting {
  readonly data: unknown
  readonly source: { postMessage(message: string): void } | null
}
/** What a service worker has beside a page; the page's own types do not know it. */
interface Scope {
  readonly registration: ServiceWorkerRegistration
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(kind: 'install' | 'activate', listener: (event: Lasting) => void): void
  addEventListener(kind: 'fetch', listener: (event: Fetching) => void): void
  addEventListener(kind: 'message', listener: (event: Telling) => void): void
}

const scope = globalThis as unknown as Scope
const base = scope.registration.scope
const PREFIX = `adzus-explorer ${base} `
const CACHE = `${PREFIX}${__VERSION__}`
const addressOf = ({ path }: Kept) => new URL(path, base).href
const LATER = new Set(__LATER__.map(addressOf))
const PRECACHE = new Set(__PRECACHE__.map(addressOf))
const INDEX = new URL('index.html', base).href
/** Names with a hash in them: the same name is the same file in every version. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/

scope.addEventListener('install', (event) => {
  // The first visit keeps everything when it has time to; a newer version is complete before it takes over.
  if (scope.registration.active) event.waitUntil(keepAll())
})

scope.addEventListener('activate', (event) => event.waitUntil(dropOthers().then(() => scope.clients.claim())))

scope.addEventListener('message', (event) => {
  if (event.data === 'take over') event.waitUntil(scope.skipWaiting())
  if (event.data === 'keep') event.waitUntil(keepAll().then(() => event.source?.postMessage('kept')))
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  const ours = request.method === 'GET' && request.url.startsWith(base) && !request.headers.has('range')
  // The documentation beside the page goes its own way.
  if (ours && !request.url.startsWith(new URL('docs/', base).href)) event.respondWith(answer(event))
})

async function answer(event: Fetching): Promise<Response> {
  const { request } = event
  const address = request.url.replace(/[?#].*$/, '')
  const cache = await caches.open(CACHE)
  const kept = await cache.match(address === base ? INDEX : address)
  if (kept) return isolated(kept)
  const response = await fetch(request)
  // What a visit uses is kept as it comes, so that nothing is fetched twice. Without a hash in its
  // name, a file may be of another version.
  const keeps = LATER.has(address) || (PRECACHE.has(address) && HASHED.test(address))
  if (response.ok && keeps) event.waitUntil(cache.put(address, response.clone()))
  return isolated(response)
}

/** The same answer, with what lets a page share memory with its threads. */
function isolated(response: Response): Response {
  // What cannot be read cannot be changed.
  if (response.type === 'opaque' || response.type === 'opaqueredirect' || response.type === 'error') return response
  const headers = new Headers(response.headers)
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-embedder-policy', 'require-corp')
  headers.set('cross-origin-resource-policy', 'same-origin')
  const { status, statusText } = response
  return new Response([101, 204, 205, 304].includes(status) ? null : response.body, { status, statusText, headers })
}

/** Fetches what is not kept yet, and checks that it is what was packed. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE)
  for (const kept of __PRECACHE__) {
    const address = addressOf(kept)
    if (await cache.match(address)) continue
    const before = HASHED.test(address) ? await caches.match(address) : undefined
    await cache.put(address, before ?? (await fetched(address, kept.integrity)))
  }
}

async function fetched(address: string, integrity: string): Promise<Response> {
  // What the browser has kept may be of an older version.
  const response = await fetch(address, { integrity }).catch(() => fetch(address, { integrity, cache: 'reload' }))
  if (!response.ok) throw new Error(`${address}: status ${response.status}`)
  return response
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)))
}
