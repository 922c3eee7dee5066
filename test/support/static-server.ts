/** @file A static host of one folder, as simple as they come: files, their types, and the headers that it is given. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}
export const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

export interface StaticServer {
  /** Ends with a slash. */
  base: string
  close(): void
}

/** Serves a folder, and `pages` by their paths before its files. */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
  pages: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname))
    const name = path.endsWith('/') ? `${path}index.html` : path
    const contents = pages[name] ?? (await readFile(join(folder, name)).catch(() => undefined))
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    response.writeHead(contents === undefined ? 404 : 200, { 'content-type': type, ...headers }).end(contents)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
