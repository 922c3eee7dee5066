/** @file The panel Use: clicks, box, brush, undo, files, and the same settings as command and link. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { Adzus, decodeImage, type Foreground } from '../../src/index.ts'
import { openPanel, openPicture, PHONE, paintedOf, resultOf, SMEAR, withExplorer } from './support.ts'

/** On the nucleus, and on the cell's plasma. */
const NUCLEUS = [360, 200] as const
const PLASMA = [310, 250] as const

let adzus: Adzus
const masks = new Map<string, boolean[]>()

beforeAll(async () => {
  adzus = await Adzus.load(undefined, { backend: 'cpu' })
})
afterAll(() => adzus.dispose())

/** The library's mask of the blood smear by a rule. */
async function maskBy(foreground: Foreground): Promise<boolean[]> {
  const key = JSON.stringify(foreground)
  if (!masks.has(key))
    masks.set(
      key,
      Array.from((await adzus.segment(await readFile(SMEAR), { foreground })).mask, (value) => value > 0),
    )
  return masks.get(key)!
}

/** Presses on a pixel of the picture. */
async function press(page: Page, [x, y]: readonly [number, number], button: 'left' | 'right' = 'left'): Promise<void> {
  const pane = page.locator('.pane')
  const { width, height } = (await pane.boundingBox())!
  await pane.click({ position: { x: ((x + 0.5) * width) / 640, y: ((y + 0.5) * height) / 480 }, button })
}

/** Drags from one pixel to another. */
async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  const { x, y, width, height } = (await page.locator('.pane').boundingBox())!
  const at = ([px, py]: readonly [number, number]) => [x + ((px + 0.5) * width) / 640, y + ((py + 0.5) * height) / 480] as const
  await page.mouse.move(...at(from))
  await page.mouse.down()
  await page.mouse.move(...at(to), { steps: 5 })
  await page.mouse.up()
}

/** Waits until the page shows a mask. */
async function shows(page: Page, mask: boolean[]): Promise<void> {
  for (let i = 0; i < 100; i++) {
    await resultOf(page)
    const painted = await paintedOf(page, 'mask')
    if (painted.every((value, j) => value === mask[j])) return
    await page.waitForTimeout(50)
  }
  assert.deepEqual(await paintedOf(page, 'mask'), mask)
}

/** The rule in the address, which follows the settings a little later. */
async function chosen(page: Page) {
  await page.waitForTimeout(500)
  return JSON.parse(await page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get('question') ?? '{}')).foreground
}

test('clicks make the mask of the library; undo, redo and a link bring them back', async () => {
  await withExplorer({}, async ({ page, base }) => {
    await openPicture(page, SMEAR)
    await openPanel(page, 'Use')
    await press(page, NUCLEUS)
    await shows(page, await maskBy(await chosen(page)))
    const first = await chosen(page)
    assert.equal(first.points.length, 1)
    await press(page, PLASMA, 'right')
    const second = await chosen(page)
    assert.equal(second.background.length, 1)
    await shows(page, await maskBy(second))
    await page.keyboard.press('Control+z')
    assert.deepEqual(await chosen(page), first)
    await shows(page, await maskBy(first))
    await page.getByRole('button', { name: 'Redo' }).click()
    await shows(page, await maskBy(second))
    await page.waitForTimeout(500)
    const link = await page.evaluate(() => location.hash)
    await page.getByRole('button', { name: 'Start over' }).click()
    await shows(page, await maskBy('auto'))
    await page.goto(`${base}${link}`)
    await openPicture(page, SMEAR)
    await shows(page, await maskBy(second))
  })
})

test('a box, by pointer and by keyboard alone', async () => {
  await withExplorer({ size: PHONE }, async ({ page }) => {
    await openPicture(page, SMEAR)
    await openPanel(page, 'Use')
    await page.getByLabel('draws a box around it').check()
    await drag(page, [290, 140], [430, 330])
    const { box }: { box: [number, number, number, number] } = await chosen(page)
    assert.ok(box[0] < 300 && box[2] > 420, `${box}`)
    await shows(page, await maskBy({ box }))
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.locator('.pane').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const { box: byKey }: { box: [number, number, number, number] } = await chosen(page)
    assert.deepEqual(byKey, [320, 240, 400, 285])
    await shows(page, await maskBy({ box: byKey }))
  })
})

test('a brush corrects the mask, and the files are those of the command line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adzus-explorer-'))
  try {
    await withExplorer({}, async ({ page }) => {
      await openPicture(page, SMEAR)
      await openPanel(page, 'Use')
      const before = await paintedOf(page, 'mask')
      await page.getByLabel('paints into the mask').check()
      await drag(page, [100, 400], [200, 400])
      const painted = await paintedOf(page, 'mask')
      assert.equal(painted[400 * 640 + 150], true)
      assert.equal(before[400 * 640 + 150], false)
      for (const name of ['coco', 'roi']) await page.locator(`#save-${name}`).check()
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save files' }).click()])
      assert.equal(download.suggestedFilename(), 'BloodImage_00163.adzus.zip')
      const files = unzipSync(new Uint8Array(await readFile((await download.path())!)))
      const mask = await decodeImage(files['BloodImage_00163.mask.png'])
      assert.deepEqual(
        painted,
        Array.from({ length: 640 * 480 }, (_, i) => mask.data[(mask.data.length / (640 * 480)) * i] > 0),
      )
      const record = JSON.parse(new TextDecoder().decode(files['BloodImage_00163.json']))
      assert.ok(
        record.notes.some((note: string) => /by hand/.test(note)),
        record.notes,
      )

      // Without the correction, the copied command writes the same.
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByLabel('says: this is meant').check()
      await press(page, NUCLEUS)
      await page.getByRole('button', { name: 'Copy as command line' }).click()
      const command = (await page.locator('.copied').textContent())!
      const [again] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save files' }).click()])
      const expected = unzipSync(new Uint8Array(await readFile((await again.path())!)))
      const call = command.replace(/^adzus segment \S+/, `node bin/adzus.js segment ${SMEAR}`)
      execFileSync('sh', ['-c', `${call} --backend cpu -o '${folder}' --save labels,mask,coco --quiet`])
      // The compression is the browser's, the pixels are the same.
      const pixels = async (bytes: Uint8Array) => (await decodeImage(bytes)).data
      for (const name of ['BloodImage_00163.labels.png', 'BloodImage_00163.mask.png'])
        assert.deepEqual(await pixels(await readFile(join(folder, name))), await pixels(expected[name]))
      const coco = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)).annotations
      assert.deepEqual(coco(await readFile(join(folder, 'annotations.coco.json'))), coco(expected['annotations.coco.json']))
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})
