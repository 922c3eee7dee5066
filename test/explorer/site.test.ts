/** @file The folder for static hosts, and how the page is served on loopback. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'vitest'
import { text } from '../../explorer/text/index.ts'
import { resultOf, withExplorer } from './support.ts'

/** Scripts are plain JavaScript, without declarations. */
const script = (name: string) => import(pathToFileURL(join(process.cwd(), 'scripts', 'explorer', name)).href)

/** A page of the documentation, as far as it matters here. */
const page = (title: string) =>
  `<!doctype html><html lang="en"><title>${title}</title><body><header><div id="tsd-toolbar-links"></div></header><h1>${title}</h1></body></html>`

test('the site works below any path, and leads to the documentation and back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'site-'))
  try {
    const docs = join(folder, 'docs')
    await mkdir(join(docs, 'functions'), { recursive: true })
    await writeFile(join(docs, 'index.html'), page('ADZUS'))
    await writeFile(join(docs, 'functions', 'outlines.html'), page('outlines'))
    const out = join(folder, 'host', 'some', 'where')
    const { buildSite } = await script('site.mjs')
    await buildSite(out, docs)
    const place = { folder: join(folder, 'host'), path: 'some/where/', isolated: false, serviceWorker: true, hash: 'sample=nuclei' }
    await withExplorer(place, async ({ page: opened, base }) => {
      await opened.waitForFunction(() => crossOriginIsolated)
      await resultOf(opened)
      await opened.getByRole('link', { name: text.docs }).click()
      await opened.waitForURL(`${base}docs/index.html`)
      await opened.goto(`${base}docs/functions/outlines.html`)
      await opened.getByRole('link', { name: text.title }).click()
      await opened.waitForURL(`${base}index.html`)
      assert.ok(await opened.getByRole('heading', { name: text.title }).isVisible())
    })
    // No address begins at the root of the host.
    for (const file of await readdir(out, { recursive: true })) {
      if (!/\.(html|css)$/.test(file)) continue
      for (const [, address] of (await readFile(join(out, file), 'utf8')).matchAll(/(?:href|src)="([^"#:]+)"/g)) {
        const target = posix.join(posix.dirname(file.replaceAll('\\', '/')), address)
        assert.ok(!address.startsWith('/') && !target.startsWith('..'), `${file}: ${address}`)
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a port that is taken is followed by the next one; where all are taken that is said', async () => {
  const { serveFrom } = await script('serve.mjs')
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  try {
    const { base, close } = await serveFrom('explorer', port)
    const answer = await fetch(`${base}index.html`)
    assert.notEqual(Number(new URL(base).port), port)
    assert.equal(answer.headers.get('cross-origin-embedder-policy'), 'require-corp')
    assert.equal((await fetch(`${base}nothing`)).status, 404)
    assert.equal((await fetch(`${base}%2e%2e%2fpackage.json`)).status, 404)
    close()
  } finally {
    taken.close()
  }
  // The last port there is; whoever has it.
  const last = createServer()
  await new Promise<void>((resolve) => last.once('error', () => resolve()).listen(65535, '127.0.0.1', resolve))
  await assert.rejects(serveFrom('explorer', 65535), /--port: expected a free port/)
  last.close()
})

test('an address is handed to what opens addresses, and without that it is told', async () => {
  const { openBrowser } = await script('open-browser.mjs')
  assert.equal(await openBrowser('http://127.0.0.1:1/', ['true']), true)
  assert.equal(await openBrowser('http://127.0.0.1:1/', ['no-such-program-here']), false)
})
