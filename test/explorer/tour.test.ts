/** @file The guided tour: ten steps, each by its link and by Next, on a desktop and on a phone. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { english } from '../../explorer/text/english.ts'
import { STEPS } from '../../explorer/tour/steps.ts'
import { DESKTOP, PHONE, resultOf, withExplorer } from './support.ts'

const { tour, panels } = english
const COUNT = STEPS.length

/** Waits for a step, and demands its card, its panel and what it points at. */
async function showsStep(page: Page, step: number): Promise<void> {
  const { panel, stage, at } = STEPS[step - 1]
  const { title, text } = tour.steps[step - 1]
  const card = page.getByRole('region', { name: tour.label })
  await card.getByRole('heading', { name: title, exact: true }).waitFor()
  assert.ok(await card.getByText(text).isVisible())
  assert.ok(await card.getByText(tour.step(step, COUNT)).isVisible())
  await page.waitForSelector(`#tab-${panel}[aria-selected=true]`)
  if (stage) await page.waitForSelector(`.open-stage[data-stage=${stage}][data-ready=yes]`, { timeout: 120_000 })
  // The most particular of what it may point at, once that is there.
  await page.waitForSelector(at[0], { timeout: 120_000 })
  await page.waitForFunction((selector) => document.querySelector('.toured')?.matches(selector), at[0])
  assert.equal(await page.locator('.toured').count(), 1)
  // It begins in sight: neither above the window nor below the card, where that is as wide as the page.
  await page.waitForFunction(() => {
    const [shown, card] = ['.toured', '.tour'].map((selector) => document.querySelector(selector)!.getBoundingClientRect())
    return shown.top >= -5 && shown.top < (card.width < innerWidth ? innerHeight : card.top)
  })
  await addressSays(page, 'step', `${step}`)
  if (stage) await addressSays(page, 'stage', stage)
}

/** Waits for a setting of the address, which follows the page a little later. */
async function addressSays(page: Page, name: string, value: string | null): Promise<void> {
  await page.waitForFunction(([one, wanted]) => new URLSearchParams(location.hash.slice(1)).get(one!) === wanted, [name, value])
}

for (const [name, size] of Object.entries({ desktop: DESKTOP, phone: PHONE }))
  test(`the tour opens a sample, goes on by Next, and ends, on a ${name}`, async () => {
    await withExplorer({ size, reducedMotion: name === 'phone' ? 'reduce' : undefined }, async ({ page }) => {
      await page.getByRole('button', { name: tour.start }).click()
      await showsStep(page, 1)
      await resultOf(page)
      for (let step = 2; step <= COUNT; step++) {
        // From step to step by keyboard alone: the button keeps the focus.
        await page.keyboard.press('Enter')
        await showsStep(page, step)
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width, `step ${step}`)
      }
      await page.getByRole('button', { name: tour.back, exact: true }).click()
      await showsStep(page, COUNT - 1)
      await page.getByRole('button', { name: tour.next, exact: true }).click()
      await showsStep(page, COUNT)
      await page.getByRole('button', { name: tour.done, exact: true }).click()
      assert.ok(await page.getByRole('region', { name: tour.label }).isHidden())
      assert.equal(await page.locator('.toured').count(), 0)
      await addressSays(page, 'step', null)
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), tour.start)
    })
  })

test('each step has a link, which opens the sample as well', async () => {
  await withExplorer({ hash: 'step=1' }, async ({ page }) => {
    await showsStep(page, 1)
    await resultOf(page)
    for (let step = COUNT; step > 1; step--) {
      await page.evaluate((hash) => {
        location.hash = hash
      }, `step=${step}`)
      await showsStep(page, step)
    }
  })
  await withExplorer({ hash: 'step=7' }, async ({ page }) => {
    await showsStep(page, 7)
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: tour.end }).focus()
    await page.keyboard.press('Escape')
    assert.ok(await page.getByRole('region', { name: tour.label }).isHidden())
    assert.equal(await page.getByRole('tab', { selected: true }).first().textContent(), panels.understand)
  })
})

test('a number that is no step is no tour', async () => {
  await withExplorer({ hash: 'step=11' }, async ({ page }) => {
    await page.getByRole('button', { name: tour.start }).waitFor()
    assert.ok(await page.getByRole('region', { name: tour.label }).isHidden())
    await addressSays(page, 'step', null)
  })
})

test('what a step points at moves only where motion is wanted', async () => {
  for (const [reducedMotion, animation] of [
    ['reduce', 'none'],
    [undefined, 'toured'],
  ] as const)
    await withExplorer({ hash: 'step=2', reducedMotion }, async ({ page }) => {
      await showsStep(page, 2)
      assert.equal(await page.locator('.toured').evaluate((element) => getComputedStyle(element).animationName), animation)
    })
})
