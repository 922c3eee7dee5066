/** @file Pictures in the forms in which platforms hand them out give the labels of the same bytes or pixels. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, test } from 'vitest'
import { Adzus, AdzusError, encodePng, type Foreground, type ImageInput } from '../src/index.ts'
import { disc } from './support/pictures.ts'

const [width, height] = [60, 40]
const FAST = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const folder = await mkdtemp(join(tmpdir(), 'adzus-input-'))
const path = join(folder, 'a picture.png')
const bytes = await encodePng(width, height, disc(width, height))
await writeFile(path, bytes)
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
const expected = await adzus.segment(bytes, FAST)
const server = createServer((request, answer) => {
  if (request.url === '/picture.png') answer.end(bytes)
  else if (request.url !== '/never') answer.writeHead(404).end()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await adzus.dispose()
  await rm(folder, { recursive: true })
})

/** RGBA, as canvases have it. */
function rgba(): Uint8ClampedArray<ArrayBuffer> {
  const [samples, grey] = [new Uint8ClampedArray(width * height * 4), disc(width, height)]
  const channels = grey.length / (width * height)
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) samples[4 * i + c] = grey[i * channels + (channels === 1 ? 0 : c)]
    samples[4 * i + 3] = 255
  }
  return samples
}

const drawing = { getImageData: (_x: number, _y: number, w: number, h: number) => ({ width: w, height: h, data: rgba() }) }
const dataUrl = `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`

const FORMS: Record<string, () => ImageInput> = {
  'a Buffer': () => Buffer.from(bytes),
  'an ArrayBuffer': () => bytes.buffer,
  'a Blob': () => new Blob([bytes]),
  'a URL': () => new URL(`${origin}/picture.png`),
  'an http: URL as text': () => `${origin}/picture.png`,
  'a data: URL': () => dataUrl,
  'a blob: URL': () => URL.createObjectURL(new Blob([bytes])),
  'a file: URL': () => pathToFileURL(path),
  'a file: URL as text': () => pathToFileURL(path).href,
  'pixels as an ImageData has them': () => ({ width, height, data: rgba(), colorSpace: 'srgb' }),
  'a canvas': () => ({ width, height, getContext: () => drawing }),
}

for (const [name, form] of Object.entries(FORMS))
  test(`${name} is a picture`, async () => {
    const { labels } = await adzus.segment(form(), FAST)
    assert.deepEqual(labels, expected.labels)
  })

test('an ImageBitmap is drawn where there is an OffscreenCanvas, and refused elsewhere', async () => {
  const bitmap = { width, height, close() {} }
  await assert.rejects(adzus.segment(bitmap, FAST), /no OffscreenCanvas/)
  const drawn: unknown[] = []
  class OffscreenCanvas {
    getContext() {
      return { ...drawing, drawImage: (image: unknown) => drawn.push(image) }
    }
  }
  Object.assign(globalThis, { OffscreenCanvas })
  try {
    assert.deepEqual((await adzus.segment(bitmap, FAST)).labels, expected.labels)
  } finally {
    Reflect.deleteProperty(globalThis, 'OffscreenCanvas')
  }
  assert.deepEqual(drawn, [bitmap])
})

test('many pictures may be of any form', async () => {
  const images = [dataUrl, new Blob([bytes]), { read: async () => pathToFileURL(path) }, `${origin}/none.png`]
  const outcomes: string[] = []
  for await (const result of adzus.segmentAll(images, FAST)) outcomes.push(result.status)
  assert.deepEqual(outcomes, ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
})

test('what cannot be fetched is an error that names the address', async () => {
  const missing = [`${origin}/none.png`, pathToFileURL(join(folder, 'none.png')), 'file:///%00', 'data:nonsense']
  for (const address of missing)
    await assert.rejects(adzus.segment(address, FAST), (error) => error instanceof AdzusError && error.message.length < 1000)
  await assert.rejects(adzus.segment(`${origin}/none.png`), /expected an answer from http:.*none\.png, got HTTP 404/)
  await assert.rejects(adzus.segment('photo.png'), /write its URL in full/)
})

test('fetching a picture ends with the signal’s reason', async () => {
  const stop = new AbortController()
  const call = adzus.segment(`${origin}/never`, { ...FAST, signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await assert.rejects(call, /^Error: enough$/)
})

test('a raster is written as PNG with no further arguments', async () => {
  const { image } = expected
  assert.deepEqual(await encodePng(image), await encodePng(width, height, image.data))
  assert.deepEqual(await encodePng(image, { software: 'x' }), await encodePng(width, height, image.data, { software: 'x' }))
})

test('coordinates that look like fractions are noted', async () => {
  const notesOf = async (foreground: Foreground) => (await adzus.segment(bytes, { ...FAST, foreground })).notes
  const note = 'the point 0.5, 0.5 counts in pixels; as fractions of the picture it would be 30, 20'
  assert.deepEqual(await notesOf({ point: [0.5, 0.5] }), [note])
  assert.match((await notesOf({ box: [0.25, 0.25, 0.75, 1] }))[0], /^the box .* would be 15, 10, 45, 39$/)
  assert.deepEqual(await notesOf({ point: [0, 1] }), [])
  assert.deepEqual(await notesOf({ point: [20.5, 0.5] }), [])
})
