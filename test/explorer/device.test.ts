/** @file Which device the page says it runs on and why, and what happens when that is lost. */
import assert from 'node:assert/strict'
import type { BrowserContext, Page, Worker } from 'playwright-core'
import { test } from 'vitest'
import { text } from '../../explorer/text/index.ts'
import { chooseFile, faultOf, paintedOf, resultOf, SMEAR, unready, withExplorer } from './support.ts'

const { device, fault, again } = text.status
const said = (page: Page) => page.locator('.device-said').textContent()
const loaded = (page: Page) => page.locator('.device-said').filter({ hasText: 'adzus-tiny' }).waitFor({ timeout: 240_000 })

/** The worker that the network runs in; its threads are others. */
function engineOf(page: Page): Worker {
  const worker = page.workers().find((one) => one.url().endsWith('/worker.js'))
  assert.ok(worker)
  return worker
}

test('without WebGPU it is the CPU with its threads, and the page says why', async () => {
  await withExplorer({}, async ({ page }) => {
    await loaded(page)
    const sentence = (await said(page)) ?? ''
    assert.match(sentence, /^CPU with \d+ threads? /)
    const reasons = [device.reasons['no-adapter'](), device.reasons['no-webgpu']()]
    assert.ok(
      reasons.some((reason) => sentence.includes(reason)),
      sentence,
    )
    assert.ok(!sentence.includes(device.threadsOff))
    // Who wants WebGPU hears that there is none, and the way back is one press.
    await page.getByLabel(device.label).selectOption('webgpu')
    assert.match(await faultOf(page), /expected a WebGPU adapter/)
    await page.getByRole('button', { name: fault.auto }).click()
    await loaded(page)
    assert.ok(await page.locator('.fault').isHidden())
  })
})

test('without isolation the threads are off, and the page says so', async () => {
  await withExplorer({ isolated: false, hash: 'backend=cpu' }, async ({ page }) => {
    await loaded(page)
    const sentence = (await said(page)) ?? ''
    assert.ok(sentence.startsWith(`${device.cpu(1)} (${device.reasons.chosen()})`), sentence)
    assert.ok(sentence.includes(device.threadsOff))
  })
})

/** Remembers the devices that a worker opens. */
function rememberDevices(worker: Worker): Promise<void> {
  return worker.evaluate(() => {
    const scope = globalThis as unknown as { devices: GPUDevice[] }
    scope.devices = []
    const { requestDevice } = GPUAdapter.prototype
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const opened = await requestDevice.call(this, descriptor)
      scope.devices.push(opened)
      return opened
    }
  })
}

test('a software adapter is passed over, taken where it is chosen, and its loss has ways on', async () => {
  // A smaller look: a software adapter takes its time.
  await withExplorer({ webgpu: true, hash: 'look=%7B%22size%22%3A128%7D' }, async ({ page }) => {
    await loaded(page)
    assert.match((await said(page)) ?? '', /the only WebGPU adapter is software \(.*swiftshader/i)
    await rememberDevices(engineOf(page))
    await page.getByLabel(device.label).selectOption('webgpu')
    await page
      .locator('.device-said')
      .filter({ hasText: /^WebGPU: / })
      .waitFor({ timeout: 240_000 })
    await chooseFile(page, SMEAR)
    await resultOf(page)
    const before = await paintedOf(page, 'mask')
    await engineOf(page).evaluate(() => (globalThis as unknown as { devices: GPUDevice[] }).devices.at(-1)!.destroy())
    await page.getByRole('button', { name: new RegExp(`^${text.try.domains.skin.name}`) }).click()
    const sentence = await faultOf(page)
    assert.ok(sentence.includes(fault.gone), sentence)
    assert.match(sentence, /device lost/)
    await unready(page)
    await page.getByRole('button', { name: fault.cpu }).click()
    await resultOf(page)
    assert.match((await said(page)) ?? '', /^CPU with/)
    assert.notDeepEqual(await paintedOf(page, 'mask'), before)
  })
})

test('a worker that ends in the middle, and one that does not start, have a way on', async () => {
  await withExplorer({}, async ({ page }) => {
    await loaded(page)
    await page.getByRole('button', { name: new RegExp(`^${text.try.domains.tissue.name}`) }).click()
    await page.getByRole('button', { name: text.status.stop, exact: true }).waitFor()
    await engineOf(page).evaluate(() =>
      setTimeout(() => {
        throw new Error('the worker is broken')
      }),
    )
    const sentence = await faultOf(page)
    assert.ok(sentence.includes(fault.gone) && sentence.includes('the worker is broken'), sentence)
    await unready(page)
    await page.getByRole('button', { name: again, exact: true }).click()
    await resultOf(page)
  })
  let broken = true
  const prepare = async (context: BrowserContext) => context.route('**/worker.js', (route) => (broken ? route.abort() : route.continue()))
  await withExplorer({ prepare, hash: 'sample=nuclei' }, async ({ page }) => {
    const sentence = await faultOf(page)
    assert.ok(sentence.includes(fault.gone), sentence)
    broken = false
    await page.getByRole('button', { name: again, exact: true }).click()
    await resultOf(page)
  })
})

test('weights that cannot be fetched are told of, and fetched when that is tried again', async () => {
  let broken = true
  const prepare = async (context: BrowserContext) =>
    context.route('**/*.safetensors', (route) => (broken ? route.abort() : route.continue()))
  await withExplorer({ prepare, hash: 'sample=nuclei' }, async ({ page }) => {
    assert.match(await faultOf(page), /expected a file that can be fetched/)
    broken = false
    await page.getByRole('button', { name: again, exact: true }).click()
    await resultOf(page)
  })
})

test('a visit that ended in the middle is told of in the next one', async () => {
  await withExplorer({ hash: 'sample=tissue' }, async ({ page }) => {
    await page.getByRole('button', { name: text.status.stop, exact: true }).waitFor()
    await page.reload()
    const notice = page.locator('.notice')
    await notice.waitFor()
    assert.match((await notice.textContent()) ?? '', /The last visit ended in the middle/)
    await notice.getByRole('button', { name: fault.dismiss }).click()
    await resultOf(page)
    await page.reload()
    await resultOf(page)
    assert.ok(await notice.isHidden())
  })
})
