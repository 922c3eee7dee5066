/**
 * @file The built package in a page, without a bundler: the embedded model, fetched file by file, segments a JPEG on the page's CPU and on its WebGPU as it does in Node.
 * It takes minutes on a software adapter, so it runs only with ADZUS_REQUIRE_BROWSER=1 (`npm run test:browser`), where a missing Chromium is a failure.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { test } from 'vitest'
import { openZarr } from '../src/image/formats/zarr/open.ts'
import { Adzus, openImages } from '../src/index.ts'
import { differing } from './support/golden-compare.ts'
import { filesBelow, findBrowser, openPage, withPage } from './support/page.ts'
import { memoryStore, zarrFolders } from './support/zarr.ts'

const MODEL = 'weights/adzus-tiny'
const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** Smaller than the model's own, for a software adapter; thresholds so low that there are several segments to compare. */
const OPTIONS: { size: [number, number]; thresholds: number[] } = { size: [128, 128], thresholds: [0.2, 0.2, 0.2] }

const chromium = await findBrowser()

interface Order {
  model: string
  picture: string
  names: string[]
  options: typeof OPTIONS
  backend: 'cpu' | 'webgpu'
}

/** Runs in the page. */
async function segment({ model, picture, names, options, backend }: Order) {
  const { Adzus, memoryFiles } = (globalThis as unknown as { adzus: typeof import('../src/index.ts') }).adzus
  const bytes = async (path: string) => new Uint8Array(await (await fetch(`/${path}`)).arrayBuffer())
  const files = await Promise.all(names.map(async (name): Promise<[string, Uint8Array]> => [name, await bytes(`${model}/${name}`)]))
  const adzus = await Adzus.load(memoryFiles(model, new Map(files)), { backend, cache: true })
  const { labels, width, height } = await adzus.segment(await bytes(picture), options)
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
  const expected = await adzus.segment(await readFile(PICTURE), OPTIONS)
  await adzus.dispose()
  assert.ok(expected.segments.length > 1, 'one segment would prove nothing')
  const order = { model: MODEL, picture: PICTURE, options: OPTIONS, names: await filesBelow(MODEL) }
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

/** Runs in the page: what is said of parts that the server lacks. */
async function missingParts(picture: string) {
  const { decodeImage, openBackend } = (globalThis as unknown as { adzus: typeof import('../src/index.ts') }).adzus
  const backend = await openBackend('cpu', { threads: 2 })
  const { description, note } = backend
  await backend.dispose()
  const bytes = new Uint8Array(await (await fetch(`/${picture}`)).arrayBuffer())
  const jpeg = await decodeImage(bytes).then(
    () => 'decoded',
    (error: Error) => error.message,
  )
  return { description, note, jpeg }
}

test('a page without the script of threads or the JPEG decoder’s WebAssembly is told of them', {
  skip: process.env['ADZUS_REQUIRE_BROWSER'] !== '1',
}, async () => {
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  for (const missing of [true, false]) {
    const { page, close } = await openPage(chromium, {
      isolated: true,
      handle: (_, response, path) => {
        const absent = missing && /mozjpeg_dec\.wasm$|browser-thread\.js$/.test(path)
        if (absent) response.writeHead(404).end()
        return absent
      },
    })
    try {
      await page.waitForFunction('globalThis.adzus')
      const { description, note, jpeg } = await page.evaluate(missingParts, PICTURE)
      if (missing) {
        assert.match(description, /, 1 thread\)$/)
        assert.match(`${note}`, /^1 of 2 threads did not start: browser-thread\.js is not where/)
        assert.match(jpeg, /^part of adzus \(JPEG decoder \(mozjpeg_dec\.wasm.*The bundler or the server has to provide it/)
      } else assert.deepEqual([description.replace(/.*, /, ''), note, jpeg], ['2 threads)', undefined, 'decoded'])
    } finally {
      await close()
    }
  }
})

/** Runs in the page: the files that other programs open, of a result of plain numbers. */
async function encoded({ labels, mask, width, height }: { labels: number[]; mask: number[]; width: number; height: number }) {
  const { chooseOutputs, encodeImage } = (globalThis as unknown as { adzus: typeof import('../src/index.ts') }).adzus
  const image = { width, height, data: new Uint8Array(3 * width * height) }
  const parameters = { minSize: 0, excludeBorder: false }
  const plain = { width, height, labels: Uint8Array.from(labels), mask: Uint8Array.from(mask), segments: [], image, parameters }
  const result = plain as unknown as import('../src/index.ts').Segmentation
  const run = { version: '1.2.3', model: { path: 'm', sha256: '' }, backend: 'cpu', adapter: 'CPU' }
  const finished = { name: 'a', input: 'a.png', inputFile: { bytes: 1, sha256: '0'.repeat(64) }, result, run }
  const { files } = await encodeImage(finished, chooseOutputs(['geojson', 'roi', 'svg', 'segments-csv', 'objects-csv', 'zarr']))
  return [...files].map(([name, bytes]): [string, number[]] => [name, Array.from(bytes)])
}

test('a page makes the files that other programs open, as Node does', {
  skip: process.env['ADZUS_REQUIRE_BROWSER'] !== '1',
}, async () => {
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const [width, height] = [40, 30]
  const mask = Array.from({ length: width * height }, (_, i) => ((i % 7) * (i % 5) > 6 ? 255 : 0))
  const order = { width, height, mask, labels: mask.map((value) => (value === 0 ? 1 : 2)) }
  const library = await import('../src/index.ts')
  Object.assign(globalThis, { adzus: library })
  const expected = new Map(await encoded(order))
  await withPage(chromium, async (page) => {
    await page.waitForFunction('globalThis.adzus')
    const got = await page.evaluate(encoded, order)
    assert.deepEqual(
      got.map(([name]) => name),
      [...expected.keys()],
    )
    // Chunks are compressed by the runtime's own code, so their bytes may differ.
    for (const [name, bytes] of got) if (!/\/c\/\d+\/\d+$/.test(name)) assert.deepEqual(bytes, expected.get(name), name)
  })
})

/** A file for each codec. */
const CODED = [
  ...['deflated-i16', 'rle-i16', 'jpeg-u8', 'lossless-u16', 'jls-u12', 'j2k-i16', 'ht-rgb', 'window'].map((name) => `dicom/${name}.dcm`),
  ...['nifti/f8be.nii', 'nifti/qform.nii.gz', 'webp/lossy-alpha.webp', 'webp/lossless.webp'],
  ...['j2k-34712', 'webp', 'g16-zstd', 'jpeg-tables', 'rgb-lzw-p2', 'rgb16-deflate-p2'].map((name) => `tiff/${name}.tif`),
].map((name) => `test/data/formats/${name}`)

/** Runs in the page. */
async function samples(paths: string[]) {
  const { openImages } = (globalThis as unknown as { adzus: typeof import('../src/index.ts') }).adzus
  const found: number[][] = []
  for (const path of paths) {
    const [image] = await openImages(new Uint8Array(await (await fetch(`/${path}`)).arrayBuffer()))
    found.push(Array.from((await image.decode()).data))
  }
  return found
}

test('a page reads pictures of every codec as Node does', { skip: process.env['ADZUS_REQUIRE_BROWSER'] !== '1' }, async () => {
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const own: number[][] = []
  for (const path of CODED) own.push(Array.from((await (await openImages(await readFile(path)))[0].decode()).data))
  assert.deepEqual(await withPage(chromium, (page) => page.evaluate(samples, CODED)), own)
})

/** Runs in the page. */
async function planes(names: string[]) {
  const { openZarrUrl } = (globalThis as unknown as { adzus: typeof import('../src/index.ts') }).adzus
  const found: number[][] = []
  for (const name of names) {
    const { images } = await openZarrUrl(`${location.origin}/${name}.zarr`)
    found.push(Array.from((await images[1].decode()).data))
  }
  return found
}

test('a page reads OME-Zarr of a server as Node does', { skip: process.env['ADZUS_REQUIRE_BROWSER'] !== '1' }, async () => {
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const folders = await zarrFolders()
  const names = ['v2-blosc', 'v2-lz4', 'v3-zstd', 'v3-gzip', 'v3-sharded']
  const { page, close } = await openPage(chromium, {
    handle(_, response, path) {
      const [, name, file] = /^\/([^/]+)\.zarr\/(.*)$/.exec(path) ?? []
      if (name === undefined) return false
      const bytes = folders[name][file]
      response.writeHead(bytes ? 200 : 404).end(bytes)
      return true
    },
  })
  try {
    await page.waitForFunction('globalThis.adzus')
    const own: number[][] = []
    for (const name of names) own.push(Array.from((await (await openZarr(memoryStore(folders[name]), name)).images[1].decode()).data))
    assert.deepEqual(await page.evaluate(planes, names), own)
  } finally {
    await close()
  }
})
