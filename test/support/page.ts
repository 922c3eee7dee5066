/**
 * @file A page that uses the built package without a bundler: a local server of the repository's files, an import map for the names that are no paths, and
 * Chromium with SwiftShader as its WebGPU adapter.
 */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, relative } from 'node:path'
import process from 'node:process'
import { packageRoot } from '#platform'

const CHROMIUM = '/usr/bin/chromium'
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
}
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where a browser finds what Node finds by package.json. */
const IMPORTS = {
  '#hub': '/dist/src/checkpoint/hub/page.js',
  '#platform': '/dist/src/platform/browser.js',
  '@jsquash/jpeg/': '/node_modules/@jsquash/jpeg/',
  fflate: '/node_modules/fflate/esm/browser.js',
  '@jsquash/webp/': '/node_modules/@jsquash/webp/',
  zstddec: '/node_modules/zstddec/dist/zstddec.mjs',
  zarrita: '/node_modules/zarrita/dist/src/index.js',
  '@zarrita/storage/fetch': '/node_modules/@zarrita/storage/dist/src/fetch.js',
  'numcodecs/blosc': '/node_modules/numcodecs/dist/blosc.js',
  'numcodecs/lz4': '/node_modules/numcodecs/dist/lz4.js',
  'numcodecs/zstd': '/node_modules/numcodecs/dist/zstd.js',
  '@cornerstonejs/codec-openjpeg/decodewasm': '/node_modules/@cornerstonejs/codec-openjpeg/dist/openjpegwasm_decode.wasm',
  '@cornerstonejs/codec-openjpeg/decodewasmjs': '/node_modules/@cornerstonejs/codec-openjpeg/dist/openjpegwasm_decode.js',
  '@cornerstonejs/codec-openjph/wasm': '/node_modules/@cornerstonejs/codec-openjph/dist/openjphjs.wasm',
  '@cornerstonejs/codec-openjph/wasmjs': '/node_modules/@cornerstonejs/codec-openjph/dist/openjphjs.js',
}
const PACKAGE = "import * as adzus from '/dist/src/index.js'; globalThis.adzus = adzus"
/** With these a page may share memory with its threads. */
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

type Playwright = typeof import('playwright-core').chromium

export interface PageOptions {
  /** What the page runs, instead of making the package a global. */
  script?: string
  /** What the names that are no paths stand for (default: the repository's own files). */
  imports?: Record<string, string>
  /** The folder that is served (default: the repository). */
  root?: string
  /** What follows `?` in its address. */
  query?: string
  isolated?: boolean
  /** Answers a request before files do; true where it has. */
  handle?(request: IncomingMessage, response: ServerResponse, path: string): boolean
}

export interface Opened {
  browser: import('playwright-core').Browser
  page: import('playwright-core').Page
  close(): Promise<void>
}

/** Playwright and a browser for it, or why there is none. ADZUS_REQUIRE_BROWSER=1 makes that an error. */
export async function findBrowser(): Promise<Playwright | string> {
  const playwright = await import('playwright-core').catch(() => undefined)
  const there = await stat(CHROMIUM).catch(() => undefined)
  if (playwright && there) return playwright.chromium
  const reason = playwright ? `no ${CHROMIUM}` : 'no playwright-core'
  if (process.env['ADZUS_REQUIRE_BROWSER'] === '1') throw new Error(reason)
  return reason
}

/** Opens the page, where the package is the global `adzus`, runs `work` in it, closes everything. */
export async function withPage<T>(chromium: Playwright, work: (page: Opened['page']) => Promise<T>): Promise<T> {
  const { page, close } = await openPage(chromium)
  try {
    return await work(page)
  } finally {
    await close()
  }
}

/** Starts a server and a browser with a page of it. */
export async function openPage(chromium: Playwright, options: PageOptions = {}): Promise<Opened> {
  const server = await serve(options)
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  const close = async () => {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?${options.query ?? ''}`)
    return { browser, page, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Files below a folder of the repository, as the server names them. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((e) => e.isFile()).map((e) => relative(folder, join(e.parentPath, e.name)))
}

async function serve({
  script = PACKAGE,
  imports = IMPORTS,
  root = packageRoot(),
  isolated = false,
  handle,
}: PageOptions): Promise<Server> {
  const html = `<!doctype html><title>adzus</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">${script}</script>`
  const server = createServer((request, response) => {
    if (isolated) for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value)
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname))
    if (handle?.(request, response, path)) return
    if (path === '/') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(html)
      return
    }
    const file = createReadStream(join(root, path))
    file.once('error', () => response.writeHead(404).end())
    file.once('open', () => {
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
      file.pipe(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
