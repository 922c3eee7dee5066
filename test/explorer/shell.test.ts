/** @file The page as a whole: a picture becomes segments and a mask, with and without WebGPU and threads. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { Adzus } from 'adzus'
import { test } from 'vitest'
import { paintedOf, resultOf, SMEAR, withExplorer } from './support.ts'

for (const isolated of [true, false])
  test(`a chosen file gets the mask that the library gives it, ${isolated ? 'with' : 'without'} threads`, async () => {
    const adzus = await Adzus.load(undefined, { backend: 'cpu' })
    const { mask } = await adzus.segment(await readFile(SMEAR))
    await adzus.dispose()
    await withExplorer({ isolated }, async ({ page }) => {
      await page.locator('input[type=file]').first().setInputFiles(SMEAR)
      await resultOf(page)
      assert.deepEqual(
        await paintedOf(page, 'mask'),
        Array.from(mask, (value) => value > 0),
      )
    })
  })
