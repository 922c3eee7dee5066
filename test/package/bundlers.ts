/**
 * @file The packed package in a page, bundled by Vite, webpack and esbuild: one picture has the labels that Node gives it, as PNG and as JPEG. Scripts and
 * WebAssembly that the page loads for its first mask, of the PNG on the CPU, are at most 100 kB gzipped. For esbuild, which does not follow `new URL`,
 * worker, WebAssembly and weights are put beside the bundle.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packageRoot } from '#platform'
import { Adzus, decodeImage, encodePng } from '../../src/index.ts'
import { findBrowser } from '../support/page.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** Bytes, gzipped, of scripts and WebAssembly for a first mask. */
const LIMIT = 100_000
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }
const MAIN = `import { Adzus } from 'adzus'
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
const labelsOf = async (picture) => Array.from((await adzus.segment(new URL(picture, location.href), { size: 128 })).labels)
const png = await labelsOf('/picture.png')
await fetch('/first-mask')
const jpeg = await labelsOf('/picture.jpg')
const { description, note } = adzus.backend
globalThis.done = { png, jpeg, description, note }
`
/** What builds into `out`; the page loads `script`. */
const BUNDLERS = {
  vite: { command: 'vite build --outDir out/vite --target esnext', script: '' },
  webpack: { command: 'webpack --mode production --entry ./main.js -o out/webpack', script: 'main.js' },
  esbuild: { command: 'esbuild main.js --bundle --splitting --format=esm --minify --outdir=out/esbuild/a/b/c', script: 'a/b/c/main.js' },
}

const chromium = await findBrowser()
assert.ok(typeof chromium !== 'string', `${chromium}`)
const folder = await mkdtemp(join(tmpdir(), 'adzus-bundlers-'))
const run = (command: string, cwd = folder) =>
  execFileSync(command, { cwd, shell: true, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
const bytes = await readFile(PICTURE)
const { width, height, data } = await decodeImage(bytes)
const pictures: Record<string, Uint8Array> = { '/picture.jpg': bytes, '/picture.png': await encodePng(width, height, data) }
const here = await Adzus.load(undefined, { backend: 'cpu' })
const labels = Array.from((await here.segment(bytes, { size: 128 })).labels)
await here.dispose()
try {
  const tarball = run(`npm pack --ignore-scripts --silent --pack-destination ${folder}`, packageRoot()).trim()
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  await writeFile(join(folder, 'main.js'), MAIN)
  await writeFile(join(folder, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>')
  run(`npm install --no-audit --no-fund --loglevel=error --omit=optional ./${tarball}`)
  run('npm install --no-audit --no-fund --loglevel=error vite@6 webpack@5 webpack-cli esbuild')
  for (const [name, { command, script }] of Object.entries(BUNDLERS)) {
    run(`npx ${command}`)
    const out = join(folder, 'out', name)
    if (name === 'esbuild') await besideBundle(join(out, 'a/b/c'), out)
    if (script) await writeFile(join(out, 'index.html'), `<!doctype html><script type="module" src="./${script}"></script>`)
    const { first, all, ...got } = await runPage(out)
    assert.deepEqual(got.png, labels, `${name}: PNG`)
    assert.deepEqual(got.jpeg, labels, `${name}: JPEG`)
    assert.equal(got.note, undefined, name)
    const scripts = (await readdir(out, { recursive: true })).filter((file) => file.endsWith('.js'))
    const total = await Promise.all(scripts.map(async (file) => gzipSync(await readFile(join(out, file))).length))
    const kB = (sizes: Iterable<number>) => `${([...sizes].reduce((a, b) => a + b, 0) / 1000).toFixed(1)} kB`
    console.log(
      `${name}: ${got.description}; gzipped: first mask ${kB(first.values())}, with a JPEG ${kB(all.values())}; ` +
        `${scripts.length} scripts are ${kB(total)} in all`,
    )
    const bytesFirst = [...first.values()].reduce((a, b) => a + b, 0)
    assert.ok(bytesFirst <= LIMIT, `${name}: ${bytesFirst} bytes for a first mask: ${[...first.keys()].join(', ')}`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function besideBundle(bundle: string, out: string): Promise<void> {
  const installed = join(folder, 'node_modules')
  await cp(join(installed, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), join(bundle, 'mozjpeg_dec.wasm'))
  await mkdir(join(out, 'weights'), { recursive: true })
  await cp(join(installed, 'adzus/weights/adzus-tiny'), join(out, 'weights/adzus-tiny'), { recursive: true })
  run(`npx esbuild node_modules/adzus/dist/src/platform/browser-thread.js --bundle --format=esm --outdir=${bundle}`)
}

interface Run {
  png: number[]
  jpeg: number[]
  description: string
  note?: string
  /** Gzipped bytes of the scripts and WebAssembly that the page had loaded for its first mask, and at its end. */
  first: Map<string, number>
  all: Map<string, number>
}

async function runPage(out: string): Promise<Run> {
  const all = new Map<string, number>()
  let first = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const asked = new URL(request.url!, 'http://localhost').pathname
    const path = asked === '/' ? '/index.html' : asked
    if (path === '/first-mask') first = new Map(all)
    const bytes = pictures[path] ?? (await readFile(join(out, path)).catch(() => undefined))
    if (bytes && /\.(js|wasm)$/.test(path)) all.set(path, gzipSync(bytes).length)
    const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
    response.writeHead(bytes ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', ...isolation }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  if (typeof chromium === 'string') throw new Error(chromium)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    page.on('pageerror', (error) => console.error(`${error}`))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction('globalThis.done', undefined, { timeout: 120_000 })
    return { ...(await page.evaluate<Omit<Run, 'first' | 'all'>>('globalThis.done')), first, all }
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}
