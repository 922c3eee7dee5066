/**
 * @file Pictures of every screen, as a visitor sees them: written to out/explorer-pictures, and with
 * ADZUS_PICTURES=write to docs/images. No part of a screen may stick out of its window, at the width
 * of a phone either.
 */
import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { type Opening, PHONE, resultOf, withExplorer } from './support.ts'

const OUT = process.env['ADZUS_PICTURES'] === 'write' ? join('docs', 'images') : join('out', 'explorer-pictures')
const SAMPLE = 'sample=blood'

interface Screen {
  /** Of its file: explorer-NAME.jpg. */
  name: string
  hash: string
  opening?: Opening
  /** What a visitor does before. */
  first?(page: Page): Promise<void>
}

/** Puts the pointer on a place of the picture, in shares of its sides. */
async function point(page: Page, x: number, y: number): Promise<void> {
  const box = (await page.locator('.pane').boundingBox())!
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height)
}

const SCREENS: Screen[] = [
  { name: 'try', hash: SAMPLE },
  { name: 'look', hash: `panel=look&${SAMPLE}`, first: (page) => point(page, 0.55, 0.42) },
  { name: 'understand', hash: `panel=understand&stage=merging&${SAMPLE}` },
  { name: 'change', hash: `panel=change&${SAMPLE}`, first: (page) => page.locator('#show-segments').check() },
  { name: 'use', hash: `panel=use&${SAMPLE}` },
  { name: 'weights', hash: `panel=weights&${SAMPLE}` },
  { name: 'tour', hash: `step=2&${SAMPLE}`, opening: { colorScheme: 'dark' } },
  { name: 'phone', hash: `panel=look&${SAMPLE}`, opening: { size: PHONE, colorScheme: 'dark' }, first: (page) => point(page, 0.55, 0.42) },
]

for (const { name, hash, opening = {}, first } of SCREENS)
  test(`the screen ${name}`, async () => {
    await mkdir(OUT, { recursive: true })
    await withExplorer({ size: { width: 1280, height: 860 }, ...opening, hash }, async ({ page }) => {
      await resultOf(page)
      await first?.(page)
      await page.waitForTimeout(1500)
      const { inside, window } = await page.evaluate(() => ({ inside: document.documentElement.scrollWidth, window: innerWidth }))
      assert.ok(inside <= window, `${inside} pixels in a window of ${window}`)
      await page.screenshot({ path: join(OUT, `explorer-${name}.jpg`), type: 'jpeg', quality: 70 })
    })
  })

/** Those of the README, side by side. */
const STRIP = ['try', 'look', 'understand', 'change']

test('a strip of screens', async () => {
  const images: string[] = []
  for (const name of STRIP)
    images.push(`<img width="640" src="data:image/jpeg;base64,${(await readFile(join(OUT, `explorer-${name}.jpg`))).toString('base64')}">`)
  await withExplorer({ size: { width: 1296, height: 876 } }, async ({ page }) => {
    await page.setContent(`<body style="margin:0;display:flex;flex-wrap:wrap;gap:16px;background:#fff">${images.join('')}</body>`)
    await page.screenshot({ path: join(OUT, 'explorer-strip.jpg'), type: 'jpeg', quality: 75 })
  })
})
