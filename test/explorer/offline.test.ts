/** @file The service worker: threads without the host's headers, a visit without a network, newer versions. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { test } from 'vitest'
import { text } from '../../explorer/text/index.ts'
import { BUILT } from './build.ts'
import { chooseFile, openExplorer, resultOf, SMEAR, withExplorer } from './support.ts'

/** Once everything is kept. */
const kept = (page: Page) => page.locator('.app[data-kept=yes]').waitFor({ timeout: 120_000 })

test('a host without headers gets threads, and the page works on without a network', async () => {
  await withExplorer({ isolated: false, serviceWorker: true, hash: 'sample=skin' }, async ({ page }) => {
    await page.waitForFunction(() => crossOriginIsolated)
    await resultOf(page)
    // The settings of the link are still there after the page was loaded once more.
    assert.ok(page.url().includes('sample=skin'))
    assert.ok(!(await page.locator('.device').textContent())?.includes(text.status.device.threadsOff))
    await kept(page)
    await page.context().setOffline(true)
    await page.reload()
    await resultOf(page)
    assert.equal(await page.evaluate(() => crossOriginIsolated), true)
    // Every sample, and a picture of one's own.
    await page.getByRole('button', { name: new RegExp(`^${text.try.domains.brain.name}`) }).click()
    await chooseFile(page, SMEAR)
    await resultOf(page)
  })
})

test('a newer version waits until it is wanted, and the older one’s files go', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'explorer-'))
  await cp(BUILT, folder, { recursive: true })
  const opened = await openExplorer({ folder, serviceWorker: true })
  try {
    const { page } = opened
    await kept(page)
    const [before] = await page.evaluate(() => caches.keys())
    // The next version has another script.
    const script = await readFile(join(folder, 'service-worker.js'), 'utf8')
    const next = script.replace(/[0-9a-f]{16}(?=["`])/, '0123456789abcdef')
    assert.notEqual(next, script)
    await writeFile(join(folder, 'service-worker.js'), next)
    await page.reload()
    await page.getByText(text.status.offline.newer).waitFor({ timeout: 120_000 })
    assert.equal(await page.evaluate(() => caches.keys().then(({ length }) => length)), 2)
    await page.getByRole('button', { name: text.status.offline.take }).click()
    await page.waitForFunction((old) => caches.keys().then((names) => names.length === 1 && names[0] !== old), before)
  } finally {
    await opened.close()
    await rm(folder, { recursive: true })
  }
})

test('nothing is asked of anybody but the page’s own host, also where the page is used', async () => {
  const asked: string[] = []
  const prepare = async (context: BrowserContext) => {
    context.on('request', (request) => asked.push(request.url()))
  }
  await withExplorer({ serviceWorker: true, prepare, hash: 'sample=chest' }, async ({ page, base }) => {
    await resultOf(page)
    await kept(page)
    await chooseFile(page, 'test/data/formats/dicom/JPEG2000.dcm')
    await resultOf(page)
    const strange = asked.filter((address) => !address.startsWith(base) && !/^(blob|data):/.test(address))
    assert.deepEqual(strange, [])
    assert.ok(asked.length > 20)
    // And the page's own rule forbids it: a request to elsewhere fails by the policy.
    const blocked = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective), { once: true })
          void fetch('https://example.org/').catch(() => {})
        }),
    )
    assert.equal(blocked, 'connect-src')
  })
})
