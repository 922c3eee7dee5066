/** @file Pictures by tiles: where tiles lie, what is read, seams that do not show, objects that are counted once. */
import assert from 'node:assert/strict'
import { decode } from 'fast-png'
import { afterAll, test } from 'vitest'
import { overlap as overlapOf } from '../src/adzus/metrics.ts'
import { Excerpt, excerptOf } from '../src/adzus/tiles/excerpt.ts'
import { tilesOf, widenedBox } from '../src/adzus/tiles/grid.ts'
import { openSlide } from '../src/adzus/tiles/slide.ts'
import type { TiledSegmentation } from '../src/adzus/tiles/tiled.ts'
import { Adzus, AdzusError, encodePngRows, type Part, type Pixels } from '../src/index.ts'
import { components } from '../src/pixels/components.ts'
import { joinRuns, RunMeasures } from '../src/pixels/run-parts.ts'
import { RunPlane } from '../src/pixels/run-plane.ts'
import { squeeze } from '../src/pixels/shrink.ts'
import { UnionFind } from '../src/pixels/union-find.ts'
import { random } from './support/random.ts'
import { type Disc, discs, slideOf } from './support/slides.ts'

const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

/** The networks see half as many pixels a side, to be quick. */
const QUICK = { size: 128 }
const DISPLAY = { window: 'auto', orient: false } as const

const pixels = (width: number, height: number, list: readonly Disc[]): Pixels => ({
  width,
  height,
  data: discs({ x: 0, y: 0, width, height }, list),
})

function maskOf(result: TiledSegmentation): Uint8Array {
  const mask = new Uint8Array(result.width * result.height)
  for (let y = 0; y < result.height; y++) mask.set(result.maskRow(y), y * result.width)
  return mask
}

const fault = (run: () => Promise<unknown>) =>
  run().then(
    () => 'none',
    (error) => (error instanceof AdzusError ? error.message : `${error}`),
  )

test('the cores of tiles share a picture of any size, and each lies in its tile', () => {
  for (const [width, height, tile, overlap] of [
    [1024, 1024, 256, 32],
    [1023, 517, 128, 17],
    [64, 300, 128, 64],
    [257, 257, 256, 0],
  ]) {
    const tiles = tilesOf({ width, height }, tile, overlap)
    const seen = new Uint8Array(width * height)
    for (const { box, core } of tiles) {
      assert.ok(core.x >= box.x && core.y >= box.y && core.width > 0 && core.height > 0)
      assert.ok(core.x + core.width <= box.x + box.width && core.y + core.height <= box.y + box.height)
      assert.deepEqual([box.width, box.height], [Math.min(tile, width), Math.min(tile, height)])
      for (let y = core.y; y < core.y + core.height; y++) for (let x = core.x; x < core.x + core.width; x++) seen[y * width + x]++
    }
    assert.ok(seen.every((times) => times === 1))
    // Neighbours in a row share as much as was asked for.
    for (const [i, { box }] of tiles.entries())
      if (i > 0 && tiles[i - 1].box.y === box.y) assert.ok(tiles[i - 1].box.x + tile - box.x >= overlap)
  }
  assert.equal(tilesOf({ width: 1024, height: 1024 }, 256, 32).length, 25)
  assert.deepEqual(widenedBox({ x: 10, y: 0, width: 20, height: 20 }, 15, { width: 100, height: 30 }), {
    x: 0,
    y: 0,
    width: 45,
    height: 30,
  })
})

test('a region is read at the level that is fine enough, and its pixels are those of the whole', async () => {
  const list: Disc[] = [
    [300, 200, 60],
    [700, 420, 90],
  ]
  const { slide, reads } = slideOf({ width: 1000, height: 600 }, list, { mpp: 0.25, levels: [4] })
  const opened = await openSlide(slide, DISPLAY, 'slide')
  const region = { x: 101, y: 53, width: 400, height: 300 }
  const plain = excerptOf(opened, { region }, 'slide')
  assert.deepEqual([plain.width, plain.height, ...plain.scale], [400, 300, 1, 1])
  reads.length = 0
  const part = await plain.read({ x: 7, y: 9, width: 50, height: 40 })
  assert.deepEqual(reads, [{ step: 1, part: { region: { x: 108, y: 62, width: 50, height: 40 } } }])
  assert.deepEqual(part.data, discs({ x: 108, y: 62, width: 50, height: 40 }, list))
  // Half a micrometre a pixel: two by two pixels of the finest level.
  const half = excerptOf(opened, { region: { ...region, x: 100, y: 52 }, mpp: 0.5 }, 'slide')
  assert.deepEqual([half.width, half.height, ...half.scale], [200, 150, 2, 2])
  const whole = { width: 400, height: 300, data: discs({ x: 100, y: 52, width: 400, height: 300 }, list) }
  assert.deepEqual((await half.read({ x: 0, y: 0, width: 200, height: 150 })).data, squeeze(whole, 200, 150).data)
  // One micrometre: the level that has it; beyond, the same level again.
  reads.length = 0
  await excerptOf(opened, { region: { x: 400, y: 200, width: 200, height: 200 }, mpp: 1 }, 'slide').read({
    x: 0,
    y: 0,
    width: 50,
    height: 50,
  })
  await excerptOf(opened, { mpp: 2 }, 'slide').read({ x: 10, y: 10, width: 20, height: 20 })
  assert.deepEqual(
    reads.map(({ step, part: { region } }) => [step, region]),
    [
      [4, { x: 100, y: 50, width: 50, height: 50 }],
      [4, { x: 20, y: 20, width: 40, height: 40 }],
    ],
  )
})

test('parts of 16 bits become black and white by one window for all', async () => {
  // Dark on the left, bright on the right: neither side knows the range of the whole.
  const decodePart = async ({ region = { x: 0, y: 0, width: 2000, height: 64 } }: Part) => {
    const data = Uint16Array.from({ length: region.width * region.height }, (_, i) => 1000 + region.x + (i % region.width))
    return { width: region.width, height: region.height, channels: 1, data, notes: [] }
  }
  const image = { width: 2000, height: 64, decodePart, decode: () => decodePart({}) }
  const opened = await openSlide(image, { window: [1000, 3000], orient: false }, 'slide')
  const grey = async (x: number) => (await opened.levels[0].read({ x, y: 0, width: 8, height: 8 })).data[0]
  assert.deepEqual([await grey(0), await grey(1000), await grey(1992)], [0, 128, 254])
  const found = await openSlide(image, DISPLAY, 'slide')
  const shades = await Promise.all([0, 700, 1992].map(async (x) => (await found.levels[0].read({ x, y: 0, width: 8, height: 8 })).data[0]))
  assert.ok(shades[0] < 20 && shades[1] > 70 && shades[1] < 110 && shades[2] > 235, `${shades}`)
})

test('boxes beside each other fit together where pixels are of no whole size', async () => {
  const { slide } = slideOf({ width: 700, height: 500 }, [[300, 200, 123]])
  const opened = await openSlide(slide, DISPLAY, 'slide')
  const excerpt = new Excerpt(opened, { x: 13, y: 27, width: 651, height: 441 }, { width: 203, height: 131 })
  const whole = await excerpt.read({ x: 0, y: 0, width: 203, height: 131 })
  const right = await excerpt.read({ x: 101, y: 40, width: 102, height: 50 })
  for (let y = 0; y < 50; y++)
    assert.deepEqual(right.data.slice(3 * 102 * y, 3 * 102 * (y + 1)), whole.data.slice(3 * ((40 + y) * 203 + 101), 3 * ((41 + y) * 203)))
  assert.deepEqual((await excerpt.within(64).readAll()).width, 64)
})

test('regions beyond the picture and sizes of pixels that it does not have are refused', async () => {
  const { slide } = slideOf({ width: 300, height: 200 }, [], { mpp: 0.5 })
  const asked = (options: object) => fault(() => adzus.segmentTiles(slide, { name: 'a.svs', ...options }))
  assert.match(
    await asked({ region: { x: 200, y: 0, width: 101, height: 100 } }),
    /region \(a\.svs\): expected a region within 300 × 200 pixels, got x 200 to 301/,
  )
  assert.match(await asked({ region: { x: -1, y: 0, width: 10, height: 10 } }), /region.*expected whole pixels/)
  assert.match(await asked({ mpp: 0.25 }), /mpp \(a\.svs\): expected 0\.5 micrometres a pixel or more/)
  assert.match(await asked({ tile: 63 }), /tile.*from 64 to 8192/)
  assert.match(await asked({ tile: 128, overlap: 65 }), /overlap.*half a tile \(64\)/)
  assert.match(await asked({ foreground: 'center' }), /foreground.*'auto', by tiles/)
  assert.match(await asked({ tiles: 1 }), /names out of/)
  assert.match(await asked({ region: { x: 0, y: 0, width: 7, height: 100 } }), /sides of 8 pixels or more/)
  const { slide: untold } = slideOf({ width: 300, height: 200 }, [])
  assert.match(await fault(() => adzus.segmentTiles(untold, { mpp: 1 })), /tells the size of its pixels/)
})

test('runs hold the parts that a mask has, with their measures', () => {
  const values = random(7)
  const [width, height] = [61, 47]
  const data = Uint8Array.from({ length: width * height }, () => (values.next() < 0.45 ? 255 : 0))
  const plane = new RunPlane(width, height)
  // In two halves, as tiles write.
  plane.put(0, 0, { width: 30, height }, data, 0, width)
  plane.put(30, 0, { width: 31, height }, data, 30, width)
  plane.seal(0, height)
  const expected = components({ width, height, data }, 8)
  assert.equal(joinRuns(plane), expected.count)
  for (let y = 0; y < height; y++) {
    assert.deepEqual([...plane.row(y)], [...expected.labels.subarray(y * width, (y + 1) * width)])
    assert.deepEqual(plane.maskRow(y), data.slice(y * width, (y + 1) * width))
  }
  const measures = new RunMeasures(plane, expected.count)
  assert.deepEqual([...measures.areas.subarray(1)], [...expected.areas.subarray(1)])
  const second = [...expected.labels.keys()].filter((i) => expected.labels[i] === 2)
  const [xs, ys] = [second.map((i) => i % width), second.map((i) => Math.floor(i / width))]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  assert.deepEqual(measures.box(2), { x: left, y: top, width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1 })
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length
  assert.ok(Math.abs(measures.centroid(2)[0] - mean(xs)) < 1e-9 && Math.abs(measures.centroid(2)[1] - mean(ys)) < 1e-9)
  assert.throws(() => plane.append(3, 0, 2, 1), /from left to right/)
})

test('numbers that are joined get one number, in the order of the least ones', () => {
  const sets = new UnionFind()
  for (let i = 0; i < 3000; i++) sets.add()
  sets.join(2999, 2)
  sets.join(2000, 2999)
  sets.join(5, 5)
  const { numbers, count } = sets.numbers()
  assert.equal(count, 2998)
  assert.deepEqual([numbers[0], numbers[1], numbers[2], numbers[2000], numbers[2999], numbers[3000]], [0, 1, 2, 2, 2, 2998])
})

/** Discs of 9 to 14 pixels all over, some on the seams of tiles and some that touch. */
function many(side: number): Disc[] {
  const values = random(3)
  const list: Disc[] = []
  for (let y = 30; y < side - 30; y += 45)
    for (let x = 30; x < side - 30; x += 45) list.push([x + 8 * values.next(), y + 8 * values.next(), 9 + 5 * values.next()])
  return [...list.slice(0, -1), [list.at(-1)![0] - 8, list.at(-1)![1], 10]]
}

test('many objects are counted once, also on seams, and are those of the whole', async () => {
  const list = many(1024)
  const picture = pixels(1024, 1024, list)
  const whole = await adzus.segment(picture, { ...QUICK, objects: 'many' })
  const tiled = await adzus.segmentTiles(picture, { ...QUICK, tile: 256, overlap: 32 })
  assert.equal(tiled.many, true)
  assert.equal(tiled.objects.count, whole.objects!.count)
  assert.equal(tiled.tiles.count, 25)
  const mask = maskOf(tiled)
  assert.ok(overlapOf(mask, whole.mask).iou > 0.995, `${overlapOf(mask, whole.mask).iou}`)
  // Every object of the whole is one of the tiles', whichever seams it lies on.
  const pairs = new Map<number, Set<number>>()
  for (let y = 0; y < 1024; y++) {
    const row = tiled.objectRow(y)
    for (let x = 0; x < 1024; x++) {
      const label = whole.objects!.labels[y * 1024 + x]
      if (label !== 0 && row[x] !== 0) pairs.set(label, (pairs.get(label) ?? new Set()).add(row[x]))
    }
  }
  assert.ok([...pairs.values()].every(({ size }) => size === 1))
  const areas = tiled.objects.list.reduce((sum, { area }) => sum + area, 0)
  assert.equal(areas, mask.filter((value) => value !== 0).length)
})

test('an object over four tiles is one, its outline has no step, and each call gives the same', async () => {
  const disc: Disc = [200, 190, 70]
  const picture = pixels(400, 383, [disc])
  const options = { ...QUICK, objects: 'none', tile: 224, overlap: 48 } as const
  const tiled = await adzus.segmentTiles(picture, options)
  assert.equal(tiled.tiles.count, 4)
  assert.equal(tiled.objects.count, 1)
  const whole = await adzus.segment(picture, { ...QUICK, objects: 'none' })
  const mask = maskOf(tiled)
  assert.ok(overlapOf(mask, whole.mask).iou > 0.9, `${overlapOf(mask, whole.mask).iou}`)
  // On either side of the seams, the outline goes on where it came from.
  const columns = [200, 201, 202].map((x) => Array.from({ length: 383 }, (_, y) => mask[y * 400 + x]))
  for (const [i, column] of columns.entries()) if (i > 0) assert.ok(column.filter((value, y) => value !== columns[i - 1][y]).length <= 6)
  const [{ bbox, area, centroid }] = tiled.objects.list
  assert.equal(area, mask.filter((value) => value !== 0).length)
  assert.ok(Math.hypot(centroid[0] - disc[0], centroid[1] - disc[1]) < 6, `${centroid}`)
  assert.ok(bbox[0] >= 110 && bbox[0] + bbox[2] <= 290, `${bbox}`)
  assert.deepEqual(maskOf(await adzus.segmentTiles(picture, options)), mask)
})

test('measures are at full resolution, and rows at that of the tiles', async () => {
  const { slide } = slideOf({ width: 900, height: 700 }, [[500, 400, 120]], { mpp: 0.25, levels: [2] })
  const said: string[] = []
  const result = await adzus.segmentTiles(slide, {
    ...QUICK,
    objects: 'none',
    region: { x: 100, y: 100, width: 800, height: 600 },
    mpp: 0.5,
    tile: 256,
    onProgress: (stage) => said.push(stage),
  })
  assert.deepEqual([result.width, result.height, ...result.scale], [400, 300, 2, 2])
  assert.deepEqual(result.region, { x: 100, y: 100, width: 800, height: 600 })
  const [{ centroid, area }] = result.objects.list.toSorted((a, b) => b.area - a.area)
  assert.ok(Math.hypot(centroid[0] - 500, centroid[1] - 400) < 12, `${centroid}`)
  assert.ok(Math.abs(area / (Math.PI * 120 ** 2) - 1) < 0.3, `${area}`)
  assert.equal(result.overview.width, 400)
  assert.equal(result.overviewMask().length, 400 * 300)
  assert.ok(said.includes('overview: unet') && said.includes('tile 1 of 4: look') && said.includes('tile 4 of 4: outline'), `${said}`)
  assert.deepEqual(result.parameters.tiles, {
    tile: 256,
    overlap: 32,
    region: { x: 100, y: 100, width: 800, height: 600 },
    mpp: 0.5,
    skipBlank: true,
  })
})

test('glass is left out, an empty picture has an empty mask, and an abort ends between tiles', async () => {
  const { slide, reads } = slideOf({ width: 1200, height: 300 }, [[150, 150, 60]])
  const options = { ...QUICK, objects: 'none', tile: 300, overlap: 0 } as const
  const result = await adzus.segmentTiles(slide, options)
  assert.ok(result.tiles.blank >= 2, `${result.tiles.blank}`)
  const far = reads.filter(({ part: { region } }) => region!.x === 900 && region!.width === 300)
  assert.equal(far.length, 0)
  const empty = await adzus.segmentTiles(slideOf({ width: 600, height: 300 }, []).slide, options)
  assert.deepEqual([empty.objects.count, empty.foregroundShare, empty.tiles.blank], [0, 0, 2])
  assert.match(empty.notes.join(), /of one colour, so nothing stands out/)
  const ended = new AbortController()
  const run = adzus.segmentTiles(slide, {
    ...options,
    signal: ended.signal,
    onProgress: (stage) => {
      if (stage === 'tile 1 of 4: look') ended.abort(new Error('enough'))
    },
  })
  await assert.rejects(run, /enough/)
})

test('rows become a PNG that any decoder reads, of 8 and of 16 bits', async () => {
  const row16 = new Uint16Array(300)
  const deep = decode(
    await encodePngRows(300, 5000, (y) => {
      for (let x = 0; x < 300; x++) row16[x] = (y * 300 + x) % 65536
      return row16
    }),
  )
  assert.deepEqual([deep.width, deep.height, deep.depth, deep.channels], [300, 5000, 16, 1])
  assert.ok(deep.data.every((value, i) => value === i % 65536))
  const flat = decode(await encodePngRows(3, 2, (y) => Uint8Array.of(y, 255, 7), { software: 'ADZUS 1' }))
  assert.deepEqual([...flat.data], [0, 255, 7, 1, 255, 7])
  assert.match(await fault(() => encodePngRows(3, 2, (y) => new Uint8Array(3 - y))), /row.*3 samples/)
})
