/**
 * @file The door for formats: a made-up one is read everywhere once it is registered; what PNG and
 * JPEG files have is kept.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, test } from 'vitest'
import {
  Adzus,
  AdzusError,
  type ByteSource,
  type Decoded,
  decodeImage,
  type Format,
  formatNames,
  imageExtensions,
  openImages,
  registerFormat,
  type SegmentOptions,
} from '../src/index.ts'
import { writeFlatJpeg } from './support/flat-jpeg.ts'
import { disc, writeJpeg, writePng } from './support/pictures.ts'

const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

/** Of the formats that are read without more. */
const EXTENSIONS = imageExtensions()
const [WIDTH, HEIGHT] = [32, 24]
const PAGE = WIDTH * HEIGHT * 2
const HEADER = 6

/** A stack of pages of signed 16-bit numbers: `STACK`, the number of pages, the pages. */
const stack: Format = {
  name: 'Stack',
  extensions: ['stk'],
  recognises: (head) => String.fromCharCode(...head.subarray(0, 5)) === 'STACK',
  async open(source) {
    const [count] = await source.read(5, 1)
    const page = (i: number) => async (): Promise<Decoded> => {
      const bytes = (await source.read(HEADER + i * PAGE, PAGE)).slice()
      return { width: WIDTH, height: HEIGHT, channels: 1, data: new Int16Array(bytes.buffer), window: [-50, 205], notes: [] }
    }
    return Array.from({ length: count }, (_, i) => ({ name: `page ${i + 1}`, width: WIDTH, height: HEIGHT, decode: page(i) }))
  },
}

/** A file of these pages, each a disc of another brightness; without them, a broken one. */
function writeStack(...darker: readonly number[]): Uint8Array {
  const file = new Uint8Array(HEADER + darker.length * PAGE)
  file.set([...new TextEncoder().encode('STACK'), darker.length])
  const rgb = disc(WIDTH, HEIGHT)
  const view = new DataView(file.buffer)
  darker.forEach((by, page) => {
    for (let i = 0; i < WIDTH * HEIGHT; i++) view.setInt16(HEADER + page * PAGE + 2 * i, rgb[3 * i] - 50 - by, true)
  })
  return file
}

const GREY = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => disc(WIDTH, HEIGHT)[3 * i])

test('a made-up format is read wherever pictures are, once it is registered, and no longer once it is taken out', async () => {
  const file = writeStack(0, 30)
  const refused = (names: string) => (error: unknown) =>
    error instanceof AdzusError && error.message.startsWith(`image (a.stk): expected a ${names} file, got something else`)
  await assert.rejects(decodeImage(Uint8Array.of(1, 2, 200), 'a.stk'), refused(formatNames()))
  for (const extension of ['png', 'apng', 'jpg', 'jpeg', 'jfif', 'nii.gz', 'webp', 'dcm', 'tif', 'svs'])
    assert.ok(imageExtensions().includes(extension))
  const remove = registerFormat(stack)
  try {
    assert.match(formatNames(), /^PNG, JPEG.* or Stack$/)
    assert.deepEqual(imageExtensions(), [...EXTENSIONS, 'stk'])
    await assert.rejects(decodeImage(Uint8Array.of(1, 2, 200), 'a.stk'), refused(formatNames()))
    // The file's own window turns its numbers back into those of the picture.
    const { data, notes } = await decodeImage(file)
    assert.deepEqual(
      data,
      Uint8Array.from({ length: 3 * GREY.length }, (_, i) => GREY[Math.floor(i / 3)]),
    )
    assert.deepEqual(notes, ['it has 2 images: the first is taken'])
    const expected = await adzus.segment({ width: WIDTH, height: HEIGHT, data: GREY }, FAST)
    assert.ok(expected.mask.includes(0) && expected.mask.includes(255))
    const { labels, mask } = await adzus.segment(file, FAST)
    assert.deepEqual([labels, mask], [expected.labels, expected.mask])
    // A page that was decoded before is a picture as well.
    const [, second] = await openImages(file)
    const page = await adzus.segment(await second.decode(), { ...FAST, window: [-80, 175] })
    assert.deepEqual([page.labels, page.mask], [expected.labels, expected.mask])
    for await (const result of adzus.segmentAll([file], FAST))
      assert.deepEqual(result.status === 'fulfilled' && result.value.mask, expected.mask)
  } finally {
    remove()
  }
  await assert.rejects(decodeImage(file), AdzusError)
  assert.deepEqual(imageExtensions(), EXTENSIONS)
})

test('images are listed without being read, and a source is asked only for what is needed', async () => {
  const file = writeStack(0, 30, 60)
  const asked: [offset: number, length: number][] = []
  const source: ByteSource = {
    name: 'a.stk',
    size: file.length,
    read: async (offset, length) => {
      asked.push([offset, length])
      return file.subarray(offset, offset + length)
    },
  }
  const remove = registerFormat(stack)
  try {
    const images = await openImages(source)
    assert.deepEqual(
      images.map(({ name, width, height }) => [name, width, height]),
      [1, 2, 3].map((n) => [`page ${n}`, WIDTH, HEIGHT]),
    )
    assert.deepEqual(asked.splice(0), [
      [0, 1024],
      [5, 1],
    ])
    const raster = await images[2].decode()
    assert.deepEqual(asked, [[HEADER + 2 * PAGE, PAGE]])
    assert.ok(raster.data instanceof Int16Array)
    assert.deepEqual(
      [...raster.data],
      [...GREY.map((v) => v)].map((v) => v - 110),
    )
  } finally {
    remove()
  }
})

test('a format’s faults are the picture’s errors: no images, samples that do not fit, exceptions', async () => {
  const faulty = (open: Format['open']) => registerFormat({ ...stack, open })
  const raster = { width: 8, height: 8, notes: [] }
  const cases: [Format['open'], RegExp][] = [
    [async () => [], /expected a Stack file with an image in it, got one without/],
    [async () => Promise.reject(new RangeError('page 7')), /got one that cannot: page 7/],
    [
      async () => [{ ...raster, decode: async () => ({ ...raster, channels: 5, data: new Uint8Array(64) }) }],
      /expected 1 to 4, .*got 5, and 64 samples/,
    ],
    [async () => [{ ...raster, decode: async () => ({ ...raster, channels: 3, data: new Uint8Array(64) }) }], /got 3, and 64 samples/],
    [async () => [{ ...raster, decode: () => Promise.reject(new Error('lost')) }], /got one that cannot: lost/],
  ]
  for (const [open, message] of cases) {
    const remove = faulty(open)
    await assert
      .rejects(
        decodeImage(writeStack(), 'a.stk'),
        (e) => e instanceof AdzusError && /\(a\.stk\)/.test(e.message) && message.test(e.message),
      )
      .finally(remove)
  }
})

test('PNG keeps its channels and values', async () => {
  const cases = [
    ['grey', 1, Uint8Array, 1],
    ['grey', 16, Uint16Array, 1],
    ['greyAlpha', 16, Uint16Array, 2],
    ['rgb', 8, Uint8Array, 3],
    ['rgba', 16, Uint16Array, 4],
  ] as const
  for (const [colour, depth, type, channels] of cases) {
    const samples = Array.from({ length: 88 * channels }, (_, i) => (i * 977) % 2 ** depth)
    const [image, ...more] = await openImages(writePng({ width: 11, height: 8, colour, depth, samples }))
    assert.deepEqual([image.width, image.height, more.length], [11, 8, 0])
    const raster = await image.decode()
    assert.ok(raster.data instanceof type)
    assert.equal(raster.channels, channels)
    assert.deepEqual(
      [...raster.data],
      samples.map((v) => (depth === 1 ? 255 * v : v)),
    )
  }
})

test('JPEG keeps its channels: 1 of grey, 3 of colours and of inks; decoding twice says the same', async () => {
  const grey = writeFlatJpeg({ width: 24, height: 16, sampling: [[1, 1]], value: (_, x, y) => 40 * x + 9 * y })
  const inks = writeFlatJpeg({ width: 24, height: 16, sampling: Array(4).fill([1, 1]), value: () => 100, adobe: 0 })
  for (const [file, channels] of [
    [grey, 1],
    [await writeJpeg(24, 16, disc(24, 16)), 3],
    [inks, 3],
  ] as const) {
    const [image] = await openImages(file)
    assert.deepEqual([image.width, image.height], [24, 16])
    const raster = await image.decode()
    assert.deepEqual([raster.channels, raster.data.length], [channels, 24 * 16 * channels])
    assert.deepEqual(await image.decode(), raster)
  }
  const { data } = await (await openImages(grey))[0].decode()
  assert.deepEqual([data[4 * 24 + 4], data[4 * 24 + 12], data[12 * 24 + 20]], [0, 40, 89])
})

test('pictures of 8 bits are what they were: as stored, whatever the percentiles', async () => {
  const photo = await decodeImage(new Uint8Array(await readFile('data/bccd/images/BloodImage_00001.jpg')))
  assert.deepEqual(Object.keys(photo).sort(), ['data', 'height', 'notes', 'spacing', 'width'])
  assert.equal(createHash('sha256').update(photo.data).digest('hex').slice(0, 16), 'c8bbd52426a5ffa3')
  const samples = Array.from({ length: 3 * 80 }, (_, i) => 100 + (i % 50))
  const { data } = await decodeImage(writePng({ width: 10, height: 8, colour: 'rgb', depth: 8, samples }))
  assert.deepEqual([...data], samples)
})
