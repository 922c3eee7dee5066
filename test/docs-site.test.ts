/**
 * @file The built site (out/docs): every link and anchor leads to something, nothing is fetched from
 * elsewhere, and it works from the disk: search, navigation, pictures. Runs with ADZUS_DOCS=1
 * (`npm run docs -- --check`), which also opens the page that the documents print.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, posix, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'vitest'
import { ALL, blocksOf, documents } from './support/documents.ts'
import { findBrowser } from './support/page.ts'
import { ISOLATION, serveFolder } from './support/static-server.ts'

const SITE = resolve('out', 'docs')
const LAUNCH = { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }

test('links of the site lead to what is there, and nothing comes from elsewhere', { skip: !ALL }, async () => {
  const files = (await readdir(SITE, { recursive: true })).map((name) => name.replaceAll('\\', '/'))
  const there = new Set(files)
  const pages = new Map<string, string>()
  for (const name of files.filter((file) => file.endsWith('.html'))) pages.set(name, await readFile(join(SITE, name), 'utf8'))
  const ids = new Map([...pages].map(([name, html]) => [name, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]))
  const broken: string[] = []
  let links = 0
  for (const [page, html] of pages)
    for (const [tag, target] of html.matchAll(/<[^>]+? (?:href|src)="([^"]*)"/g)) {
      if (/^https?:/.test(target)) {
        if (!tag.startsWith('<a ')) broken.push(`${page}: ${tag}`)
        continue
      }
      // Settings of the theme that lead nowhere.
      if (target === '#' || target.startsWith('data:')) continue
      links++
      const [path, anchor] = target.split('#')
      const name = path === '' ? page : posix.join(dirname(page), decodeURIComponent(path))
      const isThere = there.has(name) && (!anchor || !ids.has(name) || ids.get(name)!.has(decodeURIComponent(anchor)))
      if (!isThere) broken.push(`${page}: ${target}`)
    }
  assert.ok(pages.size > 100 && links > 5000, `${pages.size} pages, ${links} links`)
  assert.deepEqual([...new Set(broken)], [])
})

test('the site works from the disk', { skip: !ALL }, async () => {
  const chromium = await findBrowser()
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const browser = await chromium.launch(LAUNCH)
  try {
    const page = await browser.newPage({ viewport: { width: 1300, height: 900 } })
    const faults: string[] = []
    page.on('pageerror', ({ message }) => faults.push(message))
    page.on('requestfailed', (request) => {
      // Browsers take no icons from another file of the disk; the theme's script puts them into the page then.
      if (!request.url().endsWith('/assets/icons.svg')) faults.push(`failed: ${request.url()}`)
    })
    page.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) faults.push(request.url())
    })
    await page.goto(pathToFileURL(join(SITE, 'index.html')).href)
    const groups = page.locator('.tsd-navigation .tsd-accordion-summary[data-key]')
    await groups.first().waitFor()
    assert.deepEqual(
      (await groups.allTextContents()).map((text) => text.trim()).filter((text) => /^(Guides|Reference|Kernels|API)$/.test(text)),
      ['Guides', 'Reference', 'Kernels', 'API'],
    )
    await page.locator('#tsd-search-trigger').click()
    await page.locator('#tsd-search-input').fill('segmentAll')
    await page.locator('#tsd-search-results a').first().click()
    await page.waitForURL(/Adzus\.html#segmentall/)
    await page.goto(pathToFileURL(join(SITE, 'index.html')).href)
    const widths = await page.locator('.tsd-typography img').evaluateAll((all) => all.map((img) => (img as HTMLImageElement).naturalWidth))
    assert.ok(widths.length > 0 && widths.every((width) => width > 100), `${widths}`)
    assert.deepEqual(faults, [])
  } finally {
    await browser.close()
  }
})

for (const document of await documents())
  for (const { place, text } of (await blocksOf(document)).filter(({ language }) => language === 'html'))
    test(`the page of ${place} runs`, { skip: !ALL }, async () => {
      const chromium = await findBrowser()
      assert.ok(typeof chromium !== 'string', `${chromium}`)
      const server = await serveFolder('.', ISOLATION, { '/page.html': text })
      const browser = await chromium.launch(LAUNCH)
      try {
        const page = await browser.newPage()
        const said = page.waitForEvent('console', { predicate: (message) => message.type() === 'log', timeout: 120_000 })
        await page.goto(`${server.base}page.html`)
        assert.match((await said).text(), /^640 480 \d{4,}$/)
      } finally {
        await browser.close()
        server.close()
      }
    })
