/**
 * @file A service worker for static hosts that set no headers: it adds them to what it hands over,
 * so that the page is cross-origin isolated and the CPU backend may use threads.
 */
addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  // Chromium's own requests of this kind cannot be answered from here.
  if (event.request.cache === 'only-if-cached' && event.request.mode !== 'same-origin') return
  event.respondWith(
    fetch(event.request).then((response) => {
      if (response.type === 'opaque') return response
      const headers = new Headers(response.headers)
      headers.set('cross-origin-opener-policy', 'same-origin')
      headers.set('cross-origin-embedder-policy', 'require-corp')
      const { body, status, statusText } = response
      return new Response([204, 304].includes(status) ? null : body, { status, statusText, headers })
    }),
  )
})
