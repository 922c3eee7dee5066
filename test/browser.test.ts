/**
 * @file The built package in a page, without a bundler: the embedded model, fetched file by file, segments a JPEG on the page's CPU and on its WebGPU as it does in Node.
 * It takes minutes on a software adapter, so it runs only with ADZUS_REQUIRE_BROWSER=1 (`npm run test:browser`), where a missing Chromium is a failure.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { test } from 'vitest'
import { Adzus } from '../src/index.ts'
import { differing } from './support/golden-compare.ts'
import { filesBelow, findBrowser, withPage } from './support/page.ts'

const MODEL = 'weights/adzus-tiny'
const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** Smaller than the model's own, for a software adapter. */
const SIZE: [number, number] = [128, 128]

const chromium = await findBrowser()

interface Order {
  model: string
  picture: string
  names: string[]
  size: [number, number]
  backend: 'cpu' | 'webgpu'
}

/** Runs in the page. */
async function segment({ model, picture, names, size, backend }: Order) {
  const { Adzus, memoryFiles } = (globalThis as unknown as { adzus: typeof import('../src/index.ts') }).adzus
  const bytes = async (path: string) => new Uint8Array(await (await fetch(`/${path}`)).arrayBuffer())
  const files = await Promise.all(names.map(async (name): Promise<[string, Uint8Array]> => [name, await bytes(`${model}/${name}`)]))
  const adzus = await Adzus.load(memoryFiles(model, new Map(files)), { backend, cache: true })
  const { labels, width, height } = await adzus.segment(await bytes(picture), { size })
  const { kind, description } = adzus.backend
  await adzus.dispose()
  const kept = await new Promise<string[]>((resolve, reject) => {
    const opening = indexedDB.open('adzus')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const keys = opening.result.transaction('cache').objectStore('cache').getAllKeys()
      keys.onsuccess = () => resolve(keys.result as string[])
    }
  })
  return { labels: Array.from(labels), width, height, kind, description, kept }
}

test('a page segments as Node does', {
  skip: process.env['ADZUS_REQUIRE_BROWSER'] !== '1',
}, async () => {
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const adzus = await Adzus.load(MODEL, { backend: 'cpu' })
  const expected = await adzus.segment(await readFile(PICTURE), { size: SIZE })
  await adzus.dispose()
  assert.ok(expected.segments.length > 1, 'one segment would prove nothing')
  const order = { model: MODEL, picture: PICTURE, size: SIZE, names: await filesBelow(MODEL) }
  await withPage(chromium, async (page) => {
    for (const backend of ['cpu', 'webgpu'] as const) {
      const got = await page.evaluate(segment, { ...order, backend })
      assert.equal(got.kind, backend)
      assert.deepEqual([got.width, got.height], [expected.width, expected.height])
      assert.ok(
        got.kept.some((name) => name.startsWith('context ')),
        `the encoded prompt is kept in IndexedDB: ${got.kept.join('; ')}`,
      )
      const share = differing(Uint16Array.from(got.labels), expected.labels)
      assert.ok(share <= 1e-3, `${got.description}: ${(100 * share).toFixed(3)} % of the pixels differ`)
    }
  })
})
