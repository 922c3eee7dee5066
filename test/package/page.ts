/** @file The packed package in a page without a bundler: its files as they are, and an import map. */
import assert from 'node:assert/strict'
import { attempt } from '../support/attempts.ts'
import { expected, type FirstMask, PAGE, pictures, project } from '../support/first-mask.ts'
import { inTemporaryFolder, write } from '../support/packed.ts'
import { findBrowser, openPage } from '../support/page.ts'

/** Where a browser finds what Node finds by package.json. */
const IMPORTS = {
  '#hub': '/node_modules/adzus/dist/src/checkpoint/hub/page.js',
  '#platform': '/node_modules/adzus/dist/src/platform/browser.js',
  '@jsquash/jpeg/': '/node_modules/@jsquash/jpeg/',
  adzus: '/node_modules/adzus/dist/src/index.js',
}

await inTemporaryFolder(async (folder) => {
  const labels = Array.from((await expected()).labels)
  await project(folder, [], ['--omit=optional'])
  write(folder, await pictures())
  const chromium = await findBrowser()
  for (const isolated of [true, false])
    await attempt(`a page without a bundler, ${isolated ? 'isolated' : 'not isolated'}`, async () => {
      assert.ok(typeof chromium !== 'string', `${chromium}`)
      const { page, close } = await openPage(chromium, { script: PAGE, imports: IMPORTS, root: folder, isolated })
      try {
        await page.waitForFunction('globalThis.done', undefined, { timeout: 120_000 })
        const got = await page.evaluate<FirstMask>('globalThis.done')
        assert.deepEqual(got.png, labels)
        assert.deepEqual(got.jpeg, labels)
        return `${got.description}, the same labels`
      } finally {
        await close()
      }
    })
})
