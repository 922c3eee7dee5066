/** @file Serves a folder on loopback, with the headers that let the CPU backend use threads. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}
export const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/**
 * @param folder of a built page
 * @param port 0 takes a free one
 * @returns the address, which ends with a slash, and how to end
 */
export async function serve(folder, { port = 0, headers = ISOLATION } = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path)
    const there = await stat(file).catch(() => undefined)
    if (!there?.isFile()) {
      response.writeHead(404, headers).end()
      return
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': there.size, ...headers })
    createReadStream(file).pipe(response)
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { base: `http://127.0.0.1:${server.address().port}/`, close }
}

/** So many ports are tried, from the wished one on. */
const TRIES = 20

/**
 * Serves a folder on a port, or on the next one that is free.
 * @throws Error where there is none
 */
export async function serveFrom(folder, port) {
  const tried = Array.from({ length: port === 0 ? 1 : Math.min(TRIES, 65536 - port) }, (_, i) => port + i)
  for (const one of tried) {
    try {
      return await serve(folder, { port: one })
    } catch (error) {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
    }
  }
  throw new Error(`--port: expected a free port, got ${tried[0]} to ${tried.at(-1)}, which are all taken`)
}
