/** @file Everybody can use it: axe-core, the keyboard alone, small screens, and motion that is not wanted. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { PANELS } from '../../explorer/settings.ts'
import { text } from '../../explorer/text/index.ts'
import { chooseFile, DESKTOP, faultOf, openPanel, PHONE, resultOf, unready, withExplorer } from './support.ts'

interface Axe {
  run(): Promise<{ violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }>
}

/** What axe-core finds on the page as it stands. */
async function findingsOf(page: Page): Promise<string[]> {
  const violations = await page.evaluate(async () => (await (globalThis as unknown as { axe: Axe }).axe.run()).violations)
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

for (const [name, size] of Object.entries({ desktop: DESKTOP, phone: PHONE }))
  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe-core finds nothing on any panel, ${name}, ${colorScheme}, and nothing is wider than the screen`, async () => {
      await withExplorer({ size, colorScheme, reducedMotion: 'reduce' }, async ({ page }) => {
        await page.evaluate(axe)
        assert.deepEqual(await findingsOf(page), [], 'before there is a picture')
        await chooseFile(page, 'explorer/samples/blood.jpg')
        await resultOf(page)
        for (const panel of PANELS) {
          await openPanel(page, text.panels[panel])
          await page.waitForFunction((id) => document.getElementById('panel')?.getAttribute('aria-labelledby') === id, `tab-${panel}`)
          await page.locator('#panel > *').first().waitFor({ state: 'attached' })
          assert.deepEqual(await findingsOf(page), [], panel)
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= size.width, `${panel} is too wide`)
        }
        await openPanel(page, text.panels.try)
        await page.locator('input#file').setInputFiles('package.json')
        await faultOf(page)
        assert.deepEqual(await findingsOf(page), [], 'with a fault')
      })
    })

/** Presses Tab until an element with that name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const wanted = new RegExp(typeof name === 'string' ? `^${name}` : name)
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
    })
    if (wanted.test(focused)) return
  }
  assert.fail(`Tab never comes to ${name}`)
}

test('by the keyboard alone: a sample, its mask read out, another panel, and past the picture', async () => {
  await withExplorer({}, async ({ page }) => {
    await tabTo(page, text.skip)
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'panel')
    await tabTo(page, text.try.domains.blood.name)
    await unready(page)
    await page.keyboard.press('Enter')
    await resultOf(page)
    await page.locator('.pane').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    const read = await page.locator('.where').textContent()
    assert.match(read ?? '', /^pixel \d+, \d+ · segment \d+, [\d.]+ % of the picture/)
    assert.equal(await page.locator('.where').getAttribute('aria-live'), 'polite')
    await page.locator('#tab-try').focus()
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'tab-look')
    assert.ok(page.url().includes('panel=look'))
  })
})

test('where motion is not wanted nothing moves', async () => {
  await withExplorer({ reducedMotion: 'reduce' }, async ({ page }) => {
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element)
          return animationName !== 'none' || transitionDuration.split(',').some((duration) => Number.parseFloat(duration) > 0)
        }).length,
    )
    assert.equal(moving, 0)
  })
})

test('on a phone the picture stays in sight while the panel goes on below', async () => {
  await withExplorer({ size: PHONE, hash: 'sample=chest' }, async ({ page }) => {
    await resultOf(page)
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    const box = await page.locator('.pane').boundingBox()
    assert.ok(box && box.y >= 0 && box.y + box.height <= PHONE.height / 2)
    // It is not distorted, whatever room there is.
    const ratio = await page.locator('canvas.picture').evaluate((canvas: HTMLCanvasElement) => canvas.width / canvas.height)
    assert.ok(Math.abs(box.width / box.height - ratio) < 0.02)
  })
})
