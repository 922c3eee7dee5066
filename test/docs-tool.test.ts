/**
 * @file The example of an annotation tool, built by Vite: a click in a page of Chromium has the mask
 * that the library gives in Node, with headers and by the service worker. Takes a browser, so it
 * runs with ADZUS_DOCS=1 (`npm run docs -- --check`).
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'vitest'
import { Adzus } from '../src/index.ts'
import { ALL } from './support/documents.ts'
import { findBrowser } from './support/page.ts'
import { ISOLATION, serveFolder } from './support/static-server.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
const TOOL = 'examples/annotation-tool'
const BUILT = resolve('out', 'annotation-tool')
/** On the nucleus. */
const POINT: [number, number] = [360, 200]

/** Where there is something. */
const marked = (values: ArrayLike<number>) => Array.from(values).flatMap((value, i) => (value > 0 ? [i] : []))

/** Runs in the page. */
function paintedAlpha(): number[] {
  const marks = document.getElementById('marks') as HTMLCanvasElement
  const { data } = marks.getContext('2d')!.getImageData(0, 0, marks.width, marks.height)
  return Array.from({ length: marks.width * marks.height }, (_, i) => data[4 * i + 3])
}

test('a click gives the mask of its segment, wherever the page is hosted', { skip: !ALL }, async () => {
  const chromium = await findBrowser()
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const { build } = await import('vite')
  await build({ root: TOOL, logLevel: 'error', build: { outDir: BUILT, emptyOutDir: true } })

  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  const view = await adzus.look(await readFile(PICTURE))
  const expected = marked(await view.mask({ point: POINT }))
  await view.dispose()
  await adzus.dispose()
  assert.ok(expected.length > 1000)

  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    for (const headers of [ISOLATION, {}]) {
      const server = await serveFolder(BUILT, headers)
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', ({ message }) => errors.push(message))
      await page.goto(server.base)
      await page.waitForFunction('crossOriginIsolated', undefined, { timeout: 30_000 })
      await page.locator('#file').setInputFiles(join(process.cwd(), PICTURE))
      await page.waitForFunction("/click on something/.test(document.getElementById('status').textContent)", undefined, {
        timeout: 120_000,
      })
      await page.locator('#marks').click({ position: { x: POINT[0], y: POINT[1] } })
      await page.waitForFunction("/pixels in/.test(document.getElementById('status').textContent)", undefined, { timeout: 60_000 })
      assert.deepEqual(marked(await page.evaluate(paintedAlpha)), expected)
      assert.deepEqual(errors, [])
      await page.close()
      server.close()
    }
  } finally {
    await browser.close()
  }
})
