/** @file The panel Try: every way to a picture, and what happens to bad ones. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { Adzus, openImages } from 'adzus'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { text } from '../../explorer/text/index.ts'
import { chooseFile, faultOf, type Opened, openExplorer, paintedOf, resultOf, SMEAR, unready, withExplorer } from './support.ts'

const FORMATS = 'test/data/formats'
const { domains, pages, camera } = text.try
let opened: Opened
let adzus: Adzus
beforeAll(async () => {
  adzus = await Adzus.load(undefined, { backend: 'cpu' })
  opened = await openExplorer()
})
afterAll(async () => {
  await opened?.close()
  await adzus?.dispose()
})

/** Mask and colours of the segments are the library's own. */
async function assertSame(page: Page, file: string): Promise<void> {
  const { mask, labels } = await adzus.segment(await readFile(file))
  assert.deepEqual(
    await paintedOf(page, 'mask'),
    Array.from(mask, (value) => value > 0),
    file,
  )
  const shown = await labelsOf(page)
  // Each label has one colour, and each colour one label.
  assert.equal(new Set(shown).size, new Set(labels).size)
  assert.equal(new Set(shown.map((colour, i) => `${colour} ${labels[i]}`)).size, new Set(labels).size)
}

function labelsOf(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.segments')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return Array.from({ length: data.length / 4 }, (_, i) => (data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2])
  })
}

test('every sample is a card on the first screen, and a press segments it; a link opens it', async () => {
  const { page } = opened
  for (const { name } of Object.values(domains))
    assert.ok(await page.getByRole('button', { name: new RegExp(`^${name}`) }).isVisible(), name)
  for (const sample of ['blood', 'ultrasound'] as const) {
    await unready(page)
    await page.getByRole('button', { name: new RegExp(`^${domains[sample].name}`) }).click()
    await page.waitForFunction((name) => location.hash.includes(`sample=${name}`), sample)
    await resultOf(page)
    await assertSame(page, `explorer/samples/${sample}.jpg`)
  }
  await withExplorer({ hash: 'sample=chest' }, async ({ page: other }) => {
    await resultOf(other)
    await assertSame(other, 'explorer/samples/chest.jpg')
  })
})

test('a file of any format gets the labels and the mask that the library gives it', async () => {
  const files = [
    `${FORMATS}/dicom/MR_small.dcm`,
    `${FORMATS}/tiff/g16-zstd.tif`,
    `${FORMATS}/webp/lossy.webp`,
    `${FORMATS}/nifti/f4be.nii`,
    SMEAR,
  ]
  for (const file of files) {
    await chooseFile(opened.page, file)
    await resultOf(opened.page)
    await assertSame(opened.page, file)
  }
})

test('the chooser offers what the library reads', async () => {
  const accept = (await opened.page.locator('input#file').getAttribute('accept')) ?? ''
  for (const extension of ['.png', '.jpg', '.dcm', '.tif', '.nii', '.webp']) assert.ok(accept.split(',').includes(extension), extension)
})

/** Drops or pastes a file, as the browser does it. */
async function hand(page: Page, kind: 'drop' | 'paste', file: string): Promise<void> {
  const bytes = [...(await readFile(file))]
  const name = file.split('/').at(-1)!
  await unready(page)
  await page.evaluate(
    ({ kind: how, bytes: of, name: called }) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([new Uint8Array(of)], called))
      if (how === 'drop') {
        document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, bubbles: true, cancelable: true }))
        if (document.querySelector<HTMLElement>('.drop-target')!.hidden) throw new Error('nothing shows where to drop')
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
      } else document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
    },
    { kind, bytes, name },
  )
}

test('pictures are dropped anywhere and pasted, whatever panel is open', async () => {
  const { page } = opened
  await page.getByRole('tab', { name: text.panels.look, exact: true }).click()
  await hand(page, 'drop', 'data/bccd/images/BloodImage_00001.jpg')
  await resultOf(page)
  assert.ok(await page.locator('.drop-target').isHidden())
  await assertSame(page, 'data/bccd/images/BloodImage_00001.jpg')
  await hand(page, 'paste', 'explorer/samples/nuclei.jpg')
  await resultOf(page)
  await assertSame(page, 'explorer/samples/nuclei.jpg')
})

test('a bad file is told of in the library’s words, and nothing of the picture before is lost', async () => {
  const { page } = opened
  await chooseFile(page, SMEAR)
  await resultOf(page)
  const before = await paintedOf(page, 'mask')
  await page.locator('input#file').setInputFiles('package.json')
  const said = await faultOf(page)
  assert.match(said, /package\.json.*expected a PNG, JPEG.*got a JSON text/)
  assert.ok(said.includes(text.status.fault.stays))
  assert.deepEqual(await paintedOf(page, 'mask'), before)
  // A file that ends in the middle of its pixels.
  await page.locator('input#file').setInputFiles({
    name: 'half.png',
    mimeType: 'image/png',
    buffer: (await readFile('data/nuclei/images/5d75a63972ef643efd7c42f20668b167f2af43635d6263962d84e62e7609ab51.png')).subarray(0, 9000),
  })
  await page.waitForFunction(() => document.querySelector('.fault')?.textContent?.includes('half.png'))
  assert.deepEqual(await paintedOf(page, 'mask'), before)
  await page.getByRole('button', { name: text.status.fault.dismiss }).click()
  assert.ok(await page.locator('.fault').isHidden())
  // The view of the picture before still answers, and a good file is taken.
  await chooseFile(page, 'explorer/samples/skin.jpg')
  await resultOf(page)
  await assertSame(page, 'explorer/samples/skin.jpg')
})

test('a file with several images offers them', async () => {
  const { page } = opened
  const file = `${FORMATS}/tiff/pages.tif`
  await chooseFile(page, file)
  await resultOf(page)
  const slider = page.getByRole('slider', { name: /^Image 1 to/ })
  const count = Number(await slider.getAttribute('max'))
  assert.ok(count > 1)
  const images = await openImages(await readFile(file))
  assert.equal(count, images.length)
  await unready(page)
  await page.getByRole('button', { name: pages.after }).click()
  await resultOf(page)
  const { mask } = await adzus.segment(images[1])
  assert.deepEqual(
    await paintedOf(page, 'mask'),
    Array.from(mask, (value) => value > 0),
  )
})

test('several files together offer each', async () => {
  const { page } = opened
  await page.locator('input#file').setInputFiles([SMEAR, 'explorer/samples/brain.jpg'])
  await resultOf(page)
  await unready(page)
  await page.getByLabel(pages.file, { exact: true }).selectOption('brain.jpg')
  await resultOf(page)
  await assertSame(page, 'explorer/samples/brain.jpg')
})

test('Stop ends the work within a stage, and Try again takes it up', async () => {
  const { page } = opened
  await page.getByRole('button', { name: new RegExp(`^${domains.tissue.name}`) }).click()
  await page.getByRole('button', { name: text.status.stop, exact: true }).click()
  await page.getByText(text.status.stopped, { exact: true }).waitFor()
  assert.equal(await page.locator('.app').getAttribute('data-ready'), 'no')
  await page.getByRole('button', { name: text.status.again, exact: true }).click()
  await resultOf(page)
  await assertSame(page, 'explorer/samples/tissue.jpg')
})

test('Stop ends a long stage in the middle, and the next choice begins anew', async () => {
  await withExplorer({ hash: 'look=%7B%22size%22%3A1024%7D&sample=blood' }, async ({ page }) => {
    await page.getByText(text.status.stages.unet).first().waitFor()
    const engine = page.workers().find((worker) => worker.url().endsWith('/worker.js'))!
    const ended = new Promise((resolve) => engine.once('close', resolve))
    await page.getByRole('button', { name: text.status.stop, exact: true }).click()
    await ended
    await page.getByText(text.status.stopped, { exact: true }).waitFor()
    await unready(page)
    await page.evaluate(() => {
      location.hash = 'sample=blood'
    })
    await resultOf(page)
    await assertSame(page, 'explorer/samples/blood.jpg')
  })
})

test('segments are told of before the mask is there, and the weights while they come', async () => {
  const remember = () => {
    const said = new Set<string>()
    Object.assign(globalThis, { said })
    new MutationObserver(() => {
      for (const part of document.querySelectorAll('.status, .outcome')) said.add(part.textContent ?? '')
    }).observe(document, { subtree: true, childList: true, characterData: true })
  }
  await withExplorer({ hash: 'sample=retina', prepare: (context) => context.addInitScript(remember) }, async ({ page }) => {
    await resultOf(page)
    const said = await page.evaluate(() => [...(globalThis as unknown as { said: Set<string> }).said])
    const first = (pattern: RegExp) => said.findIndex((sentence) => pattern.test(sentence))
    assert.ok(first(/^reading the weights … [\d.]+ of 1[\d.]+ MB/) >= 0, said.join('\n'))
    const [segments, mask] = [first(new RegExp(`^\\d+ segments; ${text.try.onTheWay}`)), first(/the mask covers/)]
    assert.ok(segments >= 0 && segments < mask, said.join('\n'))
  })
})

test('stages and their times stand beside the picture', async () => {
  const { page } = opened
  const rows = await page.locator('.stages li').allTextContents()
  for (const stage of ['decode', 'vae', 'unet', 'group', 'foreground'] as const)
    assert.ok(
      rows.some((row) => row.startsWith(text.status.stages[stage]) && /\d m?s$/.test(row)),
      stage,
    )
})

test('a photo by the camera; without one a sentence', async () => {
  const args = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
  await withExplorer({ args }, async ({ page }) => {
    await page.getByRole('button', { name: text.try.photo }).click()
    await page.getByRole('button', { name: camera.shoot }).click()
    await resultOf(page)
    const size = await page.locator('canvas.picture').evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height])
    assert.deepEqual(size, [640, 480])
    assert.equal(await page.locator('dialog').count(), 0)
  })
  await opened.page.getByRole('button', { name: text.try.photo }).click()
  await opened.page.getByText(/choose a file instead/).waitFor()
})
