/**
 * @file Makes a page cross-origin isolated where its host sets no headers: a service worker adds
 * them, and the page loads once more. Without it everything works on one thread.
 */
const TRIED = 'isolation tried'

export async function isolate(): Promise<void> {
  if (crossOriginIsolated || !('serviceWorker' in navigator) || sessionStorage.getItem(TRIED)) return
  sessionStorage.setItem(TRIED, 'yes')
  await navigator.serviceWorker.register('./isolation.js')
  await navigator.serviceWorker.ready
  location.reload()
}
