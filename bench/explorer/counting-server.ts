/** @file A static host of one folder that counts the bytes it sends. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}
/** With these the page may share memory with threads; browsers may keep what they get for a day. */
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'max-age=86400',
}

export interface CountingServer {
  /** Ends with a slash. */
  base: string
  /** Bytes of all bodies since the last call, and those of files that had been sent before. */
  sent(): { all: number; again: number }
  close(): void
}

/** Serves a folder without compression. */
export async function serveCounting(folder: string): Promise<CountingServer> {
  let sent = { all: 0, again: 0 }
  let known = new Set<string>()
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname))
    const name = path.endsWith('/') ? `${path}index.html` : path
    const contents = await readFile(join(folder, name)).catch(() => undefined)
    sent.all += contents?.length ?? 0
    if (known.has(name)) sent.again += contents?.length ?? 0
    known.add(name)
    const headers = { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', ...HEADERS }
    response.writeHead(contents ? 200 : 404, headers).end(contents)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    sent() {
      const last = sent
      sent = { all: 0, again: 0 }
      known = new Set()
      return last
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
