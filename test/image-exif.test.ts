/**
 * @file EXIF: pixels stay as they are stored with a note, or are turned with the results; sizes of
 * pixels; data that are damaged.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { DAMAGED_EXIF, readExif } from '../src/image/exif.ts'
import { Adzus, decodeImage, openImages, type SegmentOptions } from '../src/index.ts'
import { density, type Entry, exifJpeg, orientation, withChunk, withSegment, writeExif } from './support/exif.ts'
import { disc, join, writeJpeg, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

const [WIDTH, HEIGHT] = [11, 8]

/**
 * Which sides of what is seen the first row and the first column of the stored pixels are, as EXIF
 * defines it.
 */
const SIDES = [
  ['top', 'left'],
  ['top', 'right'],
  ['bottom', 'right'],
  ['bottom', 'left'],
  ['left', 'top'],
  ['right', 'top'],
  ['right', 'bottom'],
  ['left', 'bottom'],
] as const

/** Pixels as they are seen. */
function seen(value: number, width: number, height: number, rgb: ArrayLike<number>): { width: number; height: number; data: Uint8Array } {
  const [row, column] = SIDES[value - 1]
  const size = row === 'top' || row === 'bottom' ? [width, height] : [height, width]
  const out = new Uint8Array(3 * width * height)
  const place = { top: 1, bottom: 1, left: 0, right: 0 }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = [0, 0]
      at[place[row]] = row === 'top' || row === 'left' ? y : height - 1 - y
      at[place[column]] = column === 'top' || column === 'left' ? x : width - 1 - x
      for (let c = 0; c < 3; c++) out[3 * (at[1] * size[0] + at[0]) + c] = rgb[3 * (y * width + x) + c]
    }
  return { width: size[0], height: size[1], data: out }
}

const SAMPLES = Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 7) % 256)
const PLAIN = writePng({ width: WIDTH, height: HEIGHT, colour: 'rgb', depth: 8, samples: SAMPLES })
const oriented = (value: number) => withChunk(PLAIN, 'eXIf', writeExif([orientation(value)]))

test('pixels stay as they are stored, and a note says what viewers do; nothing is said where they do nothing', async () => {
  for (let value = 0; value <= 9; value++) {
    const { width, height, data, notes } = await decodeImage(oriented(value))
    assert.deepEqual([width, height, [...data]], [WIDTH, HEIGHT, SAMPLES])
    if (value < 2 || value > 8) assert.deepEqual(notes, [], `${value}`)
    else assert.match(notes.join(), new RegExp(`^viewers show it .* \\(EXIF orientation ${value}\\); the results belong to its pixels as`))
  }
  assert.match((await decodeImage(oriented(6))).notes[0], /turned by 90° to the right/)
  assert.match((await decodeImage(oriented(8))).notes[0], /turned by 90° to the left/)
})

test('orient turns pictures that are not square, by all eight orientations', async () => {
  for (let value = 1; value <= 8; value++) {
    const expected = seen(value, WIDTH, HEIGHT, SAMPLES)
    const { width, height, data, notes } = await decodeImage(oriented(value), 'x', { orient: true })
    assert.deepEqual([width, height, [...data]], [expected.width, expected.height, [...expected.data]], `${value}`)
    assert.deepEqual(notes, [])
  }
})

test('orient turns labels, mask and picture: as if the turned pixels had been segmented', async () => {
  const [width, height] = [48, 32]
  // A disc beside the middle, so that it lies elsewhere after each turn.
  const rgb = new Uint8Array(disc(width, height)).map((_, i, all) => all[(i + 3 * (5 * width + 9)) % all.length])
  for (let value = 1; value <= 8; value++) {
    const expected = seen(value, width, height, rgb)
    const straight = await adzus.segment(expected, FAST)
    const png = withChunk(writePng({ width, height, colour: 'rgb', depth: 8, samples: rgb }), 'eXIf', writeExif([orientation(value)]))
    const pixels = { width, height, data: rgb, orientation: value as 1 }
    for (const image of [png, pixels]) {
      const turned = await adzus.segment(image, { ...FAST, orient: true })
      assert.deepEqual([turned.width, turned.height], [expected.width, expected.height])
      assert.deepEqual([turned.labels, turned.mask], [straight.labels, straight.mask], `${value}`)
      assert.deepEqual(turned.image.data, expected.data)
      assert.equal(turned.parameters.orient, true)
      assert.deepEqual(turned.notes, [])
      const stored = await adzus.segment(image, FAST)
      assert.deepEqual([stored.width, stored.height, stored.notes.length], [width, height, value === 1 ? 0 : 1])
    }
  }
})

test('a point is one of the turned picture', async () => {
  const [width, height] = [48, 32]
  const pixels = { width, height, data: disc(width, height), orientation: 6 as const }
  const options = { ...FAST, foreground: { point: [2, 40] as const }, wholeSegments: true }
  await assert.rejects(adzus.segment(pixels, options), /expected x from 0 to 47 and y from 0 to 31/)
  const { labels, mask } = await adzus.segment(pixels, { ...options, orient: true })
  assert.equal(mask[40 * 32 + 2], 255)
  assert.ok(labels.every((label, i) => (label === labels[40 * 32 + 2]) === (mask[i] === 255)))
})

test('JPEG: orientation in both byte orders, also as a long number; the first EXIF segment counts', async () => {
  const jpeg = await writeJpeg(WIDTH, HEIGHT, SAMPLES)
  const stored = await decodeImage(jpeg)
  for (const little of [false, true])
    for (const entry of [orientation(6), [0x0112, 4, 6]] as Entry[]) {
      const file = exifJpeg(jpeg, writeExif([[0x0100, 4, 11], entry], { little }))
      const plain = await decodeImage(file)
      assert.deepEqual(plain.data, stored.data)
      assert.match(plain.notes.join(), /EXIF orientation 6/)
      const turned = await decodeImage(file, 'x', { orient: true })
      assert.deepEqual(turned.data, seen(6, WIDTH, HEIGHT, stored.data).data)
      assert.match((await decodeImage(exifJpeg(file, writeExif([orientation(3)])))).notes.join(), /EXIF orientation 3/)
    }
  // Adobe's XMP stands in a segment of the same kind.
  const xmp = new TextEncoder().encode('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>')
  const both = withSegment(exifJpeg(jpeg, writeExif([orientation(8)])), 0xe1, xmp)
  assert.match((await decodeImage(both)).notes.join(), /EXIF orientation 8/)
})

test('damaged EXIF is a note or nothing, and never changes a pixel', async () => {
  const jpeg = await writeJpeg(WIDTH, HEIGHT, SAMPLES)
  const { data } = await decodeImage(jpeg)
  const good = writeExif([orientation(6), ...density([72, 1], [72, 1], 2)])
  const changed = (at: number, ...bytes: number[]) => good.map((byte, i) => bytes[i - at] ?? byte)
  const damaged = [new Uint8Array(0), good.subarray(0, 9), changed(0, 0x49), changed(2, 0, 43), changed(4, 255, 255, 255, 255)]
  for (const tiff of damaged) {
    assert.deepEqual((await decodeImage(exifJpeg(jpeg, tiff))).notes, [DAMAGED_EXIF])
    const { notes } = await decodeImage(withChunk(PLAIN, 'eXIf', tiff))
    assert.deepEqual(notes, [DAMAGED_EXIF])
  }
  // More entries than there are, a value of another type, a fraction that lies nowhere.
  for (const tiff of [changed(8, 255, 255), changed(30 - 8, 255, 255, 255, 255, 255, 255, 255, 255), good.subarray(0, 22)])
    assert.match((await decodeImage(exifJpeg(jpeg, tiff))).notes.join(), /EXIF orientation 6/)
  assert.deepEqual((await decodeImage(exifJpeg(jpeg, changed(12, 0, 2)))).notes, [])
  const chance = random(4)
  for (let round = 0; round < 2000; round++) {
    const tiff = good.slice(0, chance.int(0, good.length))
    for (let i = chance.int(0, 6); i > 0 && tiff.length > 0; i--) tiff[chance.int(0, tiff.length - 1)] = chance.int(0, 255)
    const read = readExif(tiff)
    if (read?.orientation !== undefined) assert.ok([1, 2, 3, 4, 5, 6, 7, 8].includes(read.orientation))
    if (read?.spacing) assert.ok(Number.isFinite(read.spacing.x + read.spacing.y) && read.spacing.x > 0 && read.spacing.y > 0)
    if (round % 100 === 0) assert.deepEqual((await decodeImage(exifJpeg(jpeg, tiff))).data, data)
  }
})

const spacingOf = async (file: Uint8Array) => (await (await openImages(file))[0].decode()).spacing

test('PNG: pixels a metre are their size, pixels a nothing are not', async () => {
  const physical = (x: number, y: number, unit: number) => {
    const data = new Uint8Array(9)
    new DataView(data.buffer).setUint32(0, x)
    new DataView(data.buffer).setUint32(4, y)
    data[8] = unit
    return withChunk(PLAIN, 'pHYs', data)
  }
  assert.deepEqual(await spacingOf(physical(5000, 4000, 1)), { x: 0.2, y: 0.25, unit: 'mm' })
  for (const file of [PLAIN, physical(5000, 4000, 0), physical(0, 4000, 1), physical(5000, 4000, 7)])
    assert.equal(await spacingOf(file), undefined)
  const short = withChunk(PLAIN, 'pHYs', Uint8Array.of(0, 0, 1, 0))
  assert.deepEqual((await decodeImage(short)).notes, ['its density (pHYs) has 4 bytes and is left out'])
  // EXIF says it where the chunk does not; turning exchanges the sides.
  const both = withChunk(PLAIN, 'eXIf', writeExif([orientation(6), ...density([100, 1], [50, 1], 3)]))
  assert.deepEqual(await spacingOf(both), { x: 0.1, y: 0.2, unit: 'mm' })
  assert.deepEqual((await decodeImage(both)).spacing, { x: 0.1, y: 0.2, unit: 'mm' })
  assert.deepEqual((await decodeImage(both, 'x', { orient: true })).spacing, { x: 0.2, y: 0.1, unit: 'mm' })
  assert.deepEqual((await adzus.segment(both, { ...FAST, orient: true })).image.spacing, { x: 0.2, y: 0.1, unit: 'mm' })
})

test('JPEG: density of JFIF, else of EXIF, in inches or centimetres', async () => {
  const bare = await writeJpeg(WIDTH, HEIGHT, SAMPLES)
  const at = bare.findIndex((byte, i) => byte === 0xff && bare[i + 1] === 0xe0)
  const rest = join([bare.subarray(0, at), bare.subarray(at + 2 + ((bare[at + 2] << 8) | bare[at + 3]))])
  const jfif = (unit: number, x: number, y: number) =>
    withSegment(rest, 0xe0, Uint8Array.of(...new TextEncoder().encode('JFIF\0'), 1, 2, unit, x >> 8, x & 255, y >> 8, y & 255, 0, 0))
  assert.deepEqual(await spacingOf(jfif(1, 100, 200)), { x: 0.254, y: 0.127, unit: 'mm' })
  assert.deepEqual(await spacingOf(jfif(2, 40, 500)), { x: 0.25, y: 0.02, unit: 'mm' })
  for (const file of [rest, jfif(0, 1, 1), jfif(1, 0, 0), jfif(3, 10, 10)]) assert.equal(await spacingOf(file), undefined)
  const exif = (unit?: number) => writeExif(density([1000, 10], [50, 1], unit))
  for (const unit of [2, undefined]) assert.deepEqual(await spacingOf(exifJpeg(rest, exif(unit))), { x: 0.254, y: 0.508, unit: 'mm' })
  assert.equal(await spacingOf(exifJpeg(rest, exif(1))), undefined)
  assert.equal(await spacingOf(exifJpeg(rest, writeExif(density([1, 0], [0, 5], 2)))), undefined)
  // Behind EXIF there may be a JFIF header, which is the nearer one.
  const both = join([exifJpeg(rest, exif(2)).subarray(0, -rest.length + 2), jfif(1, 200, 200).subarray(2)])
  assert.deepEqual(await spacingOf(both), { x: 0.127, y: 0.127, unit: 'mm' })
  assert.deepEqual(await spacingOf(exifJpeg(jfif(0, 1, 1), exif(2))), { x: 0.254, y: 0.508, unit: 'mm' })
})

test('pixels with an orientation that does not exist are refused', async () => {
  for (const value of [0, 9, 1.5, '6'])
    await assert.rejects(
      adzus.segment({ width: 8, height: 8, data: new Uint8Array(64), orientation: value as 1 }, FAST),
      /image: orientation \(image\): expected a whole number from 1 to 8/,
    )
})
