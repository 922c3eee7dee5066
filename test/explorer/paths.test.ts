/**
 * @file The way from the first screen to what people come for, as docs/explorer.md says it: at most
 * three presses each.
 */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { text } from '../../explorer/text/index.ts'
import { paintedOf, resultOf, withExplorer } from './support.ts'

/** Presses, which are counted. */
class Visitor {
  presses = 0
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async press(role: 'button' | 'tab' | 'radio', name: string | RegExp): Promise<void> {
    this.presses++
    await this.page.getByRole(role, { name }).first().click()
  }

  async sample(): Promise<void> {
    await this.press('button', new RegExp(`^${text.try.domains.skin.name}`))
    await resultOf(this.page)
  }
}

const PATHS: Record<string, (visitor: Visitor) => Promise<void>> = {
  'a mask': async (visitor) => {
    await visitor.sample()
    assert.ok((await paintedOf(visitor.page, 'mask')).includes(true))
  },
  'where a pixel looks': async (visitor) => {
    await visitor.sample()
    await visitor.press('tab', text.panels.look)
    const { x, y, width, height } = (await visitor.page.locator('.pane').boundingBox())!
    await visitor.page.mouse.move(x + width / 2, y + height / 2)
    await visitor.page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.heat')!
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      return data.some((value) => value > 0)
    })
  },
  'the threshold': async (visitor) => {
    await visitor.sample()
    await visitor.press('tab', text.panels.change)
    await visitor.page.getByRole('slider', { name: text.change.merging.threshold }).first().fill('0.2')
    await visitor.page.waitForFunction(() => location.hash.includes('0.2'))
    await resultOf(visitor.page)
  },
  'files to keep': async (visitor) => {
    await visitor.sample()
    await visitor.press('tab', text.panels.use)
    await visitor.page.locator('#save-mask').waitFor()
    const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.press('button', text.use.download)])
    assert.match(download.suggestedFilename(), /\.zip$/)
  },
}

for (const [goal, go] of Object.entries(PATHS))
  test(`${goal}: at most three presses from the first screen`, async () => {
    await withExplorer({}, async ({ page }) => {
      const visitor = new Visitor(page)
      await go(visitor)
      assert.ok(visitor.presses <= 3, `${visitor.presses} presses`)
    })
  })
