/**
 * @file From more than 8 bits to 8: black and white by percentiles; hot pixels; pictures that show
 * nothing.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { blankness } from '../src/image/blank.ts'
import { type Pixels, toRaster } from '../src/image/raster.ts'
import { toRgb, type Window } from '../src/image/window.ts'
import { Adzus, AdzusError, type SegmentOptions } from '../src/index.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { disc, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const adzus = await Adzus.load(await modelWithWords(), { backend: 'cpu' })
afterAll(() => adzus.dispose())

/** Grey pixels of 16 bits; every value of `pixel` in turn. */
const deep = (side: number, ...pixel: number[]): Pixels => ({
  width: side,
  height: side,
  data: Uint16Array.from({ length: side * side }, (_, i) => pixel[i % pixel.length]),
})
const rgb = (pixels: Pixels, window?: Window) => toRgb(toRaster(pixels, 'x'), window, 'x').rgb
const greys = (pixels: Pixels, window?: Window) => [...rgb(pixels, window).data].filter((_, i) => i % 3 === 0)

test('16 bits: a thousandth of the samples at either end may lie outside of black and white', () => {
  const pixels = deep(100, ...Array.from({ length: 10000 }, (_, i) => 1000 + i))
  pixels.data[0] = 0
  pixels.data[9999] = 65535
  const got = greys(pixels)
  // Of 10,000 samples in order, numbers 9 and 9,990 are black and white.
  const expected = (v: number) => Math.round(Math.min(1, Math.max(0, (v - 1009) / (10990 - 1009))) * 255)
  for (let i = 0; i < 10000; i++) assert.equal(got[i], expected(pixels.data[i]), `${i}`)
})

test('16 bits: few samples have no outliers, alpha is no sample, and colours share black and white', () => {
  assert.deepEqual(greys(deep(8, 100, 200, 300, 400)).slice(0, 4), [0, 85, 170, 255])
  const grey = { width: 8, height: 8, data: Uint16Array.from({ length: 128 }, (_, i) => [100, 65535, 300, 65535][i % 4]) }
  assert.deepEqual(greys(grey).slice(0, 2), [0, 255])
  const colours = { width: 8, height: 8, data: Uint16Array.from({ length: 192 }, (_, i) => [1000, 1500, 2000][i % 3]) }
  assert.deepEqual([...rgb(colours).data.subarray(0, 3)], [0, 128, 255])
})

test('16 bits: where nearly all samples are alike the least and the largest are black and white, and one value stays one', () => {
  const dots = deep(100, 5)
  dots.data.fill(900, 50, 55)
  const got = greys(dots)
  assert.deepEqual([got[0], got[50], got[54], got[55]], [0, 255, 255, 0])
  assert.deepEqual([...new Set(greys(deep(8, 0)))], [0])
  assert.deepEqual([...new Set(greys(deep(8, 32768)))], [128])
  assert.deepEqual([...new Set(greys(deep(8, 65535)))], [255])
})

test('a window may be given: the whole range, or two numbers, for 8 bits too', () => {
  assert.deepEqual(greys(deep(8, 0, 257, 65535), 'full').slice(0, 3), [0, 1, 255])
  assert.deepEqual(greys(deep(8, 50, 100, 150, 200, 250), [100, 200]).slice(0, 5), [0, 0, 128, 255, 255])
  const eight = { width: 8, height: 8, data: new Uint8Array(192).map((_, i) => [50, 100, 150][i % 3]) }
  assert.deepEqual([...rgb(eight, [50, 150]).data.subarray(0, 3)], [0, 128, 255])
  assert.deepEqual([...rgb(eight, 'full').data], [...eight.data])
  for (const window of [
    [5, 5],
    [6, 5],
    [Number.NaN, 5],
  ] as const)
    assert.throws(() => rgb(eight, window), AdzusError)
})

test('one hot pixel leaves the mask of a picture of low range as it is', async () => {
  const side = 96
  const rng = random(2)
  const picture = disc(side, side)
  const samples = Array.from({ length: side * side }, (_, i) => 300 + picture[3 * i] + rng.int(0, 9))
  const mask = async (hot: number) => {
    const image = writePng({ width: side, height: side, colour: 'grey', depth: 16, samples: samples.map((v, i) => (i === 700 ? hot : v)) })
    return (await adzus.segment(image, FAST)).mask
  }
  const [plain, hot] = [await mask(samples[700]), await mask(65535)]
  assert.ok(plain.includes(0) && plain.includes(255))
  const { dice } = overlap(hot, plain)
  assert.ok(dice > 0.98, `Dice ${dice}`)
})

const SIDE = 64
const pictureOf = (sample: (x: number, y: number) => number): Pixels => ({
  width: SIDE,
  height: SIDE,
  data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => sample(i % SIDE, Math.floor(i / SIDE))),
})

test('blank pictures: an empty mask and a note', async () => {
  const rng = random(7)
  const blank: [string, Pixels, RegExp][] = [
    ['black', pictureOf(() => 0), /of one colour/],
    ['white', pictureOf(() => 255), /of one colour/],
    ['grey, nearly', pictureOf((x, y) => 100 + ((x + y) % 3)), /of one colour/],
    ['black of 16 bits', deep(SIDE, 0), /of one colour/],
    ['grey of 16 bits', deep(SIDE, 1234), /of one colour/],
    ['transparent', { width: 8, height: 8, data: new Uint8Array(256).map((_, i) => (i % 4 === 3 ? 0 : i)) }, /of one colour/],
    ['noise', pictureOf(() => 100 + rng.int(0, 20)), /noise without structure/],
    ['a dark frame', deep(SIDE, ...Array.from({ length: SIDE * SIDE }, () => 300 + rng.int(0, 5) + rng.int(0, 5))), /noise without/],
  ]
  for (const [name, pixels, kind] of blank)
    for (const foreground of ['auto', { text: 'a cell' }] as const) {
      const { mask, notes, labels, segments } = await adzus.segment(pixels, { ...FAST, foreground })
      assert.ok(
        mask.every((v) => v === 0),
        name,
      )
      assert.equal(notes.length, 1, name)
      assert.match(notes[0], kind, name)
      assert.match(notes[0], /nothing stands out: the mask is empty$/, name)
      assert.ok(segments.length >= 1 && segments.every((s) => !s.foreground) && labels.every((l) => l >= 1))
    }
  // Who asks for a place gets it.
  const { mask, notes } = await adzus.segment(
    pictureOf(() => 0),
    { ...FAST, foreground: 'all' },
  )
  assert.ok(mask.every((v) => v === 255))
  assert.deepEqual(notes, [])
})

test('what has structure is no noise: faint objects, textures, ramps', () => {
  const rng = random(9)
  const noise = () => rng.int(0, 20)
  const inside = (x: number, y: number) => Math.hypot(x - SIDE / 2, y - SIDE / 2) < 20
  const structured: [string, Pixels][] = [
    ['a faint disc', pictureOf((x, y) => 100 + noise() + (inside(x, y) ? 6 : 0))],
    ['a disc of stronger noise', pictureOf((x, y) => 100 + (inside(x, y) ? 2 : 1) * (noise() - 10))],
    ['two textures of one mean', pictureOf((x, y) => ((inside(x, y) ? x : y) % 2) * 255)],
    ['a ramp', pictureOf((x) => x)],
    ['smooth noise', pictureOf((x, y) => 100 + 20 * Math.sin(x * 1.7) * Math.sin(y * 2.3))],
    ['a disc', { width: SIDE, height: SIDE, data: disc(SIDE, SIDE) }],
    ['a dot', pictureOf((x, y) => (x === 30 && y === 30 ? 255 : 0))],
  ]
  for (const [name, pixels] of structured) assert.equal(blankness(rgb(pixels)), undefined, name)
})

test('notes of a file come with its result, whether alone or among many', async () => {
  const samples = disc(40, 30)
  const whole = writePng({ width: 40, height: 30, colour: 'rgb', depth: 8, samples })
  const cut = whole.subarray(0, whole.length - 12)
  const expected = ['the file ends too soon, but all its pixels are there']
  assert.deepEqual((await adzus.segment(cut, FAST)).notes, expected)
  const results: unknown[] = []
  const bad = whole.map((byte, i) => (i === 60 ? byte ^ 1 : byte))
  const unreadable = Object.defineProperty({ width: 40, height: 30 } as Pixels, 'data', {
    get() {
      throw new RangeError('no memory')
    },
  })
  for await (const result of adzus.segmentAll([whole, bad, unreadable, cut], { ...FAST, batch: 2 }))
    results.push(result.status === 'fulfilled' ? result.value.notes : result.reason.message.replace(/:.*/, ''))
  assert.deepEqual(results, [[], 'image (picture 2)', 'image (picture 3)', expected])
})
