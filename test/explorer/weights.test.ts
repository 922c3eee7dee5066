/** @file The panel Own weights: a folder, a single file and a model of the hub, and what is said of those that are none. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Adzus, openBackend } from 'adzus'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { bytesText } from '../../explorer/panels/weights/needs.ts'
import { encodeTensors } from '../support/checkpoints.ts'
import { filesBelow } from '../support/page.ts'
import { randomParts } from '../support/pipelines.ts'
import { singleFile } from '../support/single-file.ts'
import { choosePicture, openPanel, PHONE, paintedOf, resultOf, SMEAR, withExplorer } from './support.ts'

const TINY = 'weights/adzus-tiny'
const UNET = 'unet/diffusion_pytorch_model.safetensors'
/** Small, for speed. */
const LOOK = new URLSearchParams({ look: '{"size":128}' }).toString()

let home: string
/** The embedded model as if it knew words, in a folder of the disk. */
let folder: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'adzus-weights-'))
  folder = join(home, 'own-model')
  await cp(TINY, folder, { recursive: true })
  await rm(join(folder, 'README.md'))
  const config = JSON.parse(await readFile(join(folder, 'adzus.json'), 'utf8'))
  await writeFile(join(folder, 'adzus.json'), JSON.stringify({ ...config, words: true }))
})
afterAll(() => rm(home, { recursive: true }))

const proposal = (page: Page) => page.locator('.proposal')
const inUse = (page: Page) => page.locator('.in-use')

async function load(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Load', exact: true }).click()
  await page.waitForFunction((wanted) => document.querySelector('.in-use')?.textContent === `In use: ${wanted}`, name)
}

test('a folder: what it needs is said before it is loaded, and it shows where it looks at each word', async () => {
  const backend = await openBackend('cpu')
  const { weights, largest } = await Adzus.estimate(folder, backend, {}, { size: 128 })
  const adzus = await Adzus.load(folder, { backend })
  const view = await adzus.look(await readFile(SMEAR), { size: 128, prompt: 'a cell' })
  const words = view.tokens().filter(({ isWord }) => isWord)
  assert.ok(words.length >= 2)
  const layer = 'up_blocks.3.attentions.2.transformer_blocks.0.attn2'
  const [{ index }] = words.slice(-1)
  const expected = await view.attention({ token: index, layer })
  await withExplorer({ hash: LOOK }, async ({ page }) => {
    await choosePicture(page, SMEAR)
    await resultOf(page)
    const picture = await paintedOf(page, 'picture')
    await openPanel(page, 'Own weights')
    await page.getByLabel('Folder').setInputFiles(folder)
    await proposal(page).getByText('It fits this device.').waitFor()
    const table = `${await proposal(page).locator('table').textContent()}`
    const sizes = await Promise.all(
      (await filesBelow(folder)).filter((name) => name.endsWith('.safetensors')).map((name) => stat(join(folder, name))),
    )
    const files = sizes.reduce((sum, { size }) => sum + size, 0)
    for (const words of [bytesText(weights), bytesText(largest.bytes), largest.label, '128 × 128', bytesText(files)])
      assert.ok(table.includes(words), `${words} in ${table}`)
    assert.deepEqual(await paintedOf(page, 'picture'), picture)
    await load(page, 'own-model')
    await resultOf(page)
    await openPanel(page, 'Look')
    await page.getByLabel('Words to look with').fill('a cell')
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.waitForFunction((count) => document.querySelectorAll('.prompt-words canvas').length === count, words.length)
    await page.locator('.layers input').last().press(' ')
    await page.locator('.prompt-words button[aria-pressed]').last().click()
    await page.waitForFunction(() => /^Layer 16: how much/.test(document.querySelector('.caption')?.textContent ?? ''))
    const shown = await page.evaluate(() =>
      Array.from((document.querySelector('.attention-in-sight') as unknown as { shown: { values: Float32Array } }).shown.values),
    )
    assert.equal(shown.length, expected.values.length)
    for (const [i, value] of shown.entries())
      assert.ok(Math.abs(value - expected.values[i]) <= 1e-4 * Math.max(...expected.values), `cell ${i}`)
    await openPanel(page, 'Own weights')
    await page.getByRole('button', { name: 'Back to the embedded network' }).click()
    await page.waitForFunction(() => document.querySelector('.in-use')?.textContent === 'In use: adzus-tiny')
  })
  await view.dispose()
  await adzus.dispose()
  await backend.dispose()
})

test('a single file, on a phone, with fewer pixels', async () => {
  const file = join(home, 'single.safetensors')
  await writeFile(file, encodeTensors(singleFile('sd1', await randomParts('sd1', 'F16'))))
  await withExplorer({ size: PHONE }, async ({ page }) => {
    await choosePicture(page, SMEAR)
    await resultOf(page)
    await openPanel(page, 'Own weights')
    await page.getByLabel('Single file').setInputFiles(file)
    await proposal(page).getByText('512 × 512 pixels').waitFor()
    await page.getByLabel('Pixels for the network').selectOption('256')
    await proposal(page).getByText('256 × 256 pixels').waitFor()
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(scrollWidth <= PHONE.width, `${scrollWidth} px wide`)
    await load(page, 'single.safetensors')
    await resultOf(page)
    assert.match(await page.evaluate(() => location.hash), /size%22%3A256/)
  })
})

test('a model of the hub: its size is known without fetching large files twice, and it is loaded by its name', async () => {
  await withExplorer({ hash: LOOK }, async ({ page }) => {
    const asked: string[] = []
    await page.context().route('https://huggingface.co/**', async (route) => {
      const [, name] = /^https:\/\/huggingface\.co\/some\/model\/resolve\/main\/(.*)$/.exec(route.request().url()) ?? []
      const body = name ? await readFile(join(TINY, name)).catch(() => undefined) : undefined
      asked.push(`${route.request().method()} ${name}`)
      const headers = { 'access-control-allow-origin': '*', 'content-length': `${body?.length ?? 0}` }
      await route.fulfill({ status: body ? 200 : 404, headers, body: route.request().method() === 'HEAD' ? undefined : body })
    })
    await choosePicture(page, SMEAR)
    await resultOf(page)
    await openPanel(page, 'Own weights')
    await page.getByLabel('Model of the hub').fill('some/model')
    await page.getByRole('button', { name: 'Look it up' }).click()
    await proposal(page).getByText('It fits this device.').waitFor()
    assert.match(`${await proposal(page).textContent()}`, /To download13\sMiB/)
    assert.ok(asked.includes(`GET ${UNET}`))
    await page.getByRole('button', { name: 'Load', exact: true }).click()
    await page.waitForFunction(() => /In use: .*some\/model/.test(document.querySelector('.in-use')?.textContent ?? ''))
    await resultOf(page)
    // Once more, and nothing of the weights is fetched again.
    const before = asked.filter((line) => line === `GET ${UNET}`).length
    await page.getByRole('button', { name: 'Back to the embedded network' }).click()
    await page.waitForFunction(() => document.querySelector('.in-use')?.textContent === 'In use: adzus-tiny')
    await page.getByRole('button', { name: 'Look it up' }).click()
    await page.getByRole('button', { name: 'Load', exact: true }).click()
    await page.waitForFunction(() => /In use: .*some\/model/.test(document.querySelector('.in-use')?.textContent ?? ''))
    assert.ok(asked.filter((line) => line === `GET ${UNET}`).length <= before + 1)
  })
})

test('what is no model is refused in a sentence; network and picture stay', async () => {
  const text = join(home, 'text.safetensors')
  await writeFile(text, 'no weights at all')
  const cut = join(home, 'cut.safetensors')
  await writeFile(cut, (await readFile(join(TINY, UNET))).subarray(0, 100_000))
  const empty = join(home, 'holiday')
  await cp('data/bccd', empty, { recursive: true })
  await withExplorer({ hash: LOOK }, async ({ page }) => {
    await page
      .context()
      .route('https://huggingface.co/some/**', (route) => route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }))
    await page.context().route('https://huggingface.co/far/**', (route) => route.abort('internetdisconnected'))
    await choosePicture(page, SMEAR)
    await resultOf(page)
    const mask = await paintedOf(page, 'mask')
    await openPanel(page, 'Own weights')
    const refused = async (choose: () => Promise<void>, message: RegExp, wayOn: RegExp) => {
      await choose()
      await proposal(page).locator('.fault').waitFor()
      assert.match(`${await proposal(page).locator('.fault').textContent()}`, message)
      assert.match(`${await proposal(page).locator('p').last().textContent()}`, wayOn)
      assert.equal(await inUse(page).textContent(), 'In use: adzus-tiny')
      assert.deepEqual(await paintedOf(page, 'mask'), mask)
      await page.locator('.proposal').evaluate((element) => element.replaceChildren())
    }
    const other = /go on with the network in use/
    await refused(() => page.getByLabel('Single file').setInputFiles(text), /text\.safetensors.*expected/, other)
    await refused(() => page.getByLabel('Single file').setInputFiles(cut), /cut\.safetensors.*expected/, other)
    await refused(() => page.getByLabel('Folder').setInputFiles(empty), /model \(holiday\): expected a folder in diffusers layout/, other)
    const hub = (id: string) => async () => {
      await page.getByLabel('Model of the hub').fill(id)
      await page.getByRole('button', { name: 'Look it up' }).click()
    }
    await refused(hub('some/unknown'), /some\/unknown.*status 404/, /Check the name and the network connection/)
    await refused(hub('far/away'), /far\/away.*no answer/, /Check the name and the network connection/)
    await refused(hub('no id'), /no id/, /Check the name/)
  })
})
