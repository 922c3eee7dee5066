/**
 * @file The service worker's side of the page: it makes a host that cannot send the headers for
 * threads good enough, keeps the page for a visit without a network, and brings newer versions.
 */
import type { Explorer } from './explorer.ts'
import { SERVICE_WORKER } from './site.ts'

/** Milliseconds in which a service worker should be in control; without one the page goes on. */
const PATIENCE = 3000
/** Set while the page was loaded again for it, so that this happens once. */
const TRIED = 'adzus-isolating'

/**
 * Registers the service worker. Where the host does not isolate the page, it is loaded once more
 * under the service worker's headers, before the network is.
 * @returns the registration; undefined where there is none
 */
export async function isolate(): Promise<ServiceWorkerRegistration | undefined> {
  const { serviceWorker } = navigator
  if (!SERVICE_WORKER || !serviceWorker) return undefined
  const registration = await serviceWorker
    .register(new URL('./service-worker.js', import.meta.url), { updateViaCache: 'none' })
    .catch(() => undefined)
  // What is fetched through it is kept and need not be fetched again.
  const inControl = registration !== undefined && (await controlled(serviceWorker, registration))
  if (crossOriginIsolated) sessionStorage.removeItem(TRIED)
  else if (inControl && !sessionStorage.getItem(TRIED)) {
    sessionStorage.setItem(TRIED, 'yes')
    location.reload()
    await new Promise(() => {})
  }
  return registration
}

/** Whether a service worker answers for the page, or would after loading it again. */
async function controlled(container: ServiceWorkerContainer, registration: ServiceWorkerRegistration): Promise<boolean> {
  if (container.controller ?? registration.active) return true
  return new Promise((resolve) => {
    container.addEventListener('controllerchange', () => resolve(true), { once: true })
    setTimeout(() => resolve(false), PATIENCE)
  })
}

/** Keeps the page and its model once that is loaded, and tells of newer versions. */
export function keepOffline(explorer: Explorer, registration: ServiceWorkerRegistration, onKept: () => void): void {
  const { serviceWorker } = navigator
  serviceWorker.addEventListener('message', ({ data }) => {
    if (data === 'kept') onKept()
  })
  const forget: () => void = explorer.watch(['model'], async ({ model }) => {
    if (!model) return
    const { active } = await serviceWorker.ready
    active?.postMessage('keep')
    forget()
  })
  const offer = (worker: ServiceWorker | null) => {
    if (!worker || !serviceWorker.controller) return
    const take = () => {
      serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
      worker.postMessage('take over')
    }
    explorer.set({ newer: take })
  }
  offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const { installing } = registration
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') offer(installing)
    })
  })
}
