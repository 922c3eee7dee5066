/**
 * @file Values of every type become 8-bit RGB by the option `window`: signed numbers and floats,
 * the file's own window, percentiles.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterAll, test } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { rank } from '../src/image/ranking.ts'
import { type Samples, toRaster } from '../src/image/raster.ts'
import { toRgb, type Window } from '../src/image/window.ts'
import { Adzus, AdzusError, openImages, type Pixels, parseWindow, type SegmentOptions } from '../src/index.ts'
import { disc } from './support/pictures.ts'
import { random } from './support/random.ts'

const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

const square = (data: Samples, more: Partial<Pixels> = {}): Pixels => {
  const side = Math.sqrt(data.length)
  return { width: side, height: side, data, ...more }
}
/** Grey values of the first pixels. */
const greys = (pixels: Pixels, window?: Window, count = 64) => {
  const { data } = toRgb(toRaster(pixels), window).rgb
  return Array.from({ length: count }, (_, i) => data[3 * i])
}
const repeat = <T extends Samples>(array: T, ...values: number[]): T => {
  for (let i = 0; i < array.length; i++) array[i] = values[i % values.length]
  return array
}

test('signed numbers: two limits, percentiles, the whole range', () => {
  const pixels = square(repeat(new Int16Array(64), -1000, -500, 0, 1000))
  assert.deepEqual(greys(pixels, undefined, 4), [0, 64, 128, 255])
  assert.deepEqual(greys(pixels, [-500, 500], 4), [0, 0, 128, 255])
  assert.deepEqual(greys(pixels, 'full', 4), [124, 126, 128, 131])
  assert.deepEqual(greys(square(repeat(new Int16Array(64), -32768, 32767)), 'full', 2), [0, 255])
  assert.deepEqual(greys(square(new Int16Array(64).fill(0)), undefined, 1), [128])
})

test('floats: least and largest where few, percentiles where many, limits beyond 0 … 1', () => {
  const few = square(repeat(new Float32Array(64), -0.5, 0, 0.5, 1.5))
  for (const window of ['auto', 'full'] as const) assert.deepEqual(greys(few, window, 4), [0, 64, 128, 255])
  assert.deepEqual(greys(few, [0, 1], 4), [0, 0, 128, 255])
  const many = square(Float32Array.from({ length: 10000 }, (_, i) => i / 1000))
  many.data[0] = -3e38
  many.data[9999] = 3e38
  const got = greys(many, 'auto', 10000)
  const expected = (v: number) =>
    Math.round(Math.min(1, Math.max(0, (v - Math.fround(0.009)) / (Math.fround(9.99) - Math.fround(0.009)))) * 255)
  for (let i = 0; i < 10000; i++) assert.equal(got[i], expected(many.data[i]), `${i}`)
  assert.deepEqual([got[0], got[9999]], [0, 255])
  for (const value of [0, -7, 3e38]) assert.deepEqual(new Set(greys(square(new Float32Array(64).fill(value)))), new Set([128]))
})

test('ranks of floats and whole numbers are those of sorting, and samples that are not finite do not count', () => {
  const chance = random(3)
  for (const [name, data] of [
    ['floats', Float32Array.from({ length: 900 }, () => (chance.next() - 0.5) * 10 ** chance.int(-30, 30))],
    ['close floats', Float32Array.from({ length: 900 }, () => 1 + chance.int(0, 20) * 2 ** -23)],
    ['signed', Int16Array.from({ length: 900 }, () => chance.int(-32768, 32767))],
    ['bytes', Uint8Array.from({ length: 900 }, () => chance.int(0, 255))],
  ] as const) {
    const lost = data instanceof Float32Array ? [Number.NaN, Infinity, -Infinity, -Number.NaN] : []
    const all = data.slice()
    all.set(lost)
    const sorted = all.slice(lost.length).sort()
    const ranking = rank({ data: all, channels: 1 }, 1)
    assert.equal(ranking.count, sorted.length, name)
    for (const at of [0, 1, 17, 450, sorted.length - 1]) assert.equal(ranking.at(at), sorted[at], `${name}: ${at}`)
  }
  // Alpha is no sample.
  assert.deepEqual(rank({ data: Float32Array.of(5, 0, 6, 0), channels: 2 }, 1).count, 2)
})

test('samples that are not finite are black, count for no percentile, and a note says so', async () => {
  const data = repeat(new Float32Array(64), 10, 20, 30)
  data.set([Number.NaN, Infinity, -Infinity], 3)
  assert.deepEqual(greys(square(data), 'auto', 9), [0, 128, 255, 0, 0, 0, 0, 128, 255])
  const { notes } = await adzus.segment(square(data), FAST)
  assert.equal(notes[0], '3 of its samples are not finite (NaN or infinite): they are black')
  const none = await adzus.segment(square(new Float32Array(64).fill(Number.NaN)), FAST)
  assert.ok(none.image.data.every((v) => v === 0))
  assert.match(none.notes.join(), /^64 of its samples are not finite .*of one colour, so nothing stands out/)
  const colours = { width: 8, height: 8, data: repeat(new Float32Array(192), 0, Number.NaN, 1) }
  assert.deepEqual([...toRgb(toRaster(colours)).rgb.data.subarray(0, 3)], [0, 0, 255])
})

test('alpha of floats is 0 … 1, of signed numbers up to 32767, and lies over white', () => {
  const floats = { width: 8, height: 8, data: repeat(new Float32Array(128), 0, 1, 0, 0.2, 0, 0, 1, 7, 0, -3, 0, Number.NaN) }
  assert.deepEqual(greys(floats, [0, 1], 6), [0, 204, 255, 255, 255, 0])
  const signed = { width: 8, height: 8, data: repeat(new Int16Array(128), 0, 32767, 0, -5) }
  assert.deepEqual(greys(signed, [0, 100], 2), [0, 255])
})

test('the window that comes with the picture counts with auto alone, for more than 8 bits, and where it is one', () => {
  const deep = (window?: [number, number]) => square(repeat(new Uint16Array(64), 0, 100, 200, 1000), { window })
  assert.deepEqual(greys(deep([100, 200]), 'auto', 4), [0, 0, 255, 255])
  assert.deepEqual(greys(deep([100, 200]), { percentiles: [0, 100] }, 4), [0, 26, 51, 255])
  assert.deepEqual(greys(deep([100, 200]), [0, 200], 4), [0, 128, 255, 255])
  for (const window of [
    [200, 100],
    [5, 5],
    [Number.NaN, 1],
  ] as [number, number][])
    assert.deepEqual(greys(deep(window), 'auto', 4), greys(deep(), 'auto', 4))
  assert.deepEqual(greys(square(repeat(new Uint8Array(64), 0, 100, 200), { window: [100, 200] }), 'auto', 3), [0, 100, 200])
})

test('percentiles: of the picture’s own samples, for 8 bits too', () => {
  const bytes = square(Uint8Array.from({ length: 10000 }, (_, i) => Math.floor(i / 100)))
  const got = greys(bytes, { percentiles: [10, 90] }, 10000)
  // Numbers 999 and 9,000 of 10,000 in order.
  for (let i = 0; i < 10000; i++) assert.equal(got[i], Math.round(Math.min(1, Math.max(0, (bytes.data[i] - 9) / (90 - 9))) * 255))
  const deep = square(Uint16Array.from({ length: 10000 }, (_, i) => (i * 7919) % 10000))
  assert.deepEqual(greys(deep, { percentiles: [0.1, 99.9] }, 10000), greys(deep, 'auto', 10000))
})

test('parsing windows', () => {
  const good: [string, Window][] = [
    ['auto', 'auto'],
    ['full', 'full'],
    ['-1000,400', [-1000, 400]],
    ['0.25, 1e3', [0.25, 1000]],
    ['p0.5,p99.5', { percentiles: [0.5, 99.5] }],
    ['p0,p100', { percentiles: [0, 100] }],
  ]
  for (const [text, window] of good) assert.deepEqual(parseWindow(text), window, text)
  for (const text of [
    '',
    'Auto',
    '5',
    '5,5',
    '6,5',
    '1,2,3',
    ',5',
    'a,b',
    'p1,99',
    '1,p99',
    'p99,p1',
    'p-1,p50',
    'p1,p101',
    'p,p',
    'NaN,1',
    '1,Infinity',
  ])
    assert.throws(
      () => parseWindow(text),
      (e) => e instanceof AdzusError && e.failure.what === 'options' && e.failure.where === 'window',
      text,
    )
})

test('signed numbers and floats through segment: the mask of the same picture of 8 bits', async () => {
  const [width, height] = [56, 40]
  const bytes = Uint8Array.from({ length: width * height }, (_, i) => disc(width, height)[3 * i])
  const expected = await adzus.segment({ width, height, data: bytes }, FAST)
  assert.ok(expected.mask.includes(0) && expected.mask.includes(255))
  const cases: [Samples, Window][] = [
    [Int16Array.from(bytes, (v) => v - 300), [-300, -45]],
    [Float32Array.from(bytes, (v) => v / 256), [0, 255 / 256]],
    [Uint16Array.from(bytes, (v) => 200 * v), [0, 51000]],
  ]
  for (const [data, window] of cases) {
    const { labels, mask, image, parameters } = await adzus.segment({ width, height, data }, { ...FAST, window })
    assert.deepEqual(image.data, expected.image.data)
    assert.deepEqual([labels, mask], [expected.labels, expected.mask])
    assert.deepEqual(parameters.window, window)
    // Without a window nearly the same: the disc's values are the whole range.
    const auto = await adzus.segment({ width, height, data }, FAST)
    assert.ok(overlap(auto.mask, expected.mask).dice > 0.9)
  }
})

test('microscopy of 16 bits and low range: one hot pixel moves the mask by a Dice of less than 0.02', async () => {
  const [image] = await openImages(new Uint8Array(await readFile('test/data/cases/low_range.png')))
  const plain = await image.decode()
  const hot = { ...plain, data: plain.data.slice() }
  hot.data[5 * plain.width + 5] = 65535
  for (const window of ['auto', { percentiles: [0.5, 99.5] as const }] as const) {
    const [without, with_] = [await adzus.segment(plain, { window }), await adzus.segment(hot, { window })]
    assert.ok(without.mask.includes(0) && without.mask.includes(255))
    const { dice } = overlap(with_.mask, without.mask)
    assert.ok(dice > 0.98, `Dice ${dice}`)
  }
})
