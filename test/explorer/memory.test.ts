/** @file Fifty pictures one after another: neither the network's memory nor the page's grows. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { SAMPLES } from '../../explorer/samples.ts'
import { resultOf, unready, withExplorer } from './support.ts'

const PICTURES = 50
/** From here on everything that comes once has come. */
const WARM = 10

/** Bytes of the heap that something still holds. */
async function heapOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { gc } = globalThis as unknown as { gc(): void }
    gc()
    return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize
  })
}

/** Bytes of tensors after the last result. */
async function tensorsOf(page: Page): Promise<number> {
  await page.locator('.memory[data-bytes]').waitFor()
  return Number(await page.locator('.memory').getAttribute('data-bytes'))
}

test('memory stays flat over 50 pictures', async () => {
  const args = ['--js-flags=--expose-gc', '--enable-precise-memory-info']
  // A smaller look, since there are many.
  await withExplorer({ args, hash: 'look=%7B%22size%22%3A128%7D' }, async ({ page }) => {
    const tensors: number[] = []
    const heaps: number[] = []
    for (let i = 0; i < PICTURES; i++) {
      await unready(page)
      await page.locator('.memory').evaluate((element: HTMLElement) => {
        delete element.dataset['bytes']
      })
      await page
        .locator('.card')
        .nth(i % SAMPLES.length)
        .click()
      await resultOf(page)
      tensors.push(await tensorsOf(page))
      heaps.push(await heapOf(page))
    }
    // The same sample takes the same memory, however many came before.
    const rounds = tensors.slice(WARM - (WARM % SAMPLES.length))
    for (const [i, bytes] of rounds.entries()) assert.equal(bytes, rounds[i % SAMPLES.length], `picture ${i}: ${tensors.join(' ')}`)
    const before = Math.max(...heaps.slice(WARM, WARM + SAMPLES.length))
    const after = Math.max(...heaps.slice(-SAMPLES.length))
    assert.ok(after < before + 1e6, `${heaps.join(' ')}`)
  })
})
