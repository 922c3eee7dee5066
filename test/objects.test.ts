/** @file Many objects: seen, separated, tidied, saved; real nuclei beside their true masks. */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterAll, test } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { manyObjects } from '../src/foreground/objects/detect.ts'
import { instances } from '../src/foreground/objects/instances.ts'
import { OBJECT_DEFAULTS } from '../src/foreground/objects/options.ts'
import { fillSmallHoles, MOST_OBJECTS, tidyObjects } from '../src/foreground/objects/tidy.ts'
import { Adzus, AdzusError, chooseOutputs, decodeImage, encodeImage, objectsOf } from '../src/index.ts'
import { components } from '../src/pixels/components.ts'
import type { Picture } from '../src/pixels/picture.ts'
import { squeeze } from '../src/pixels/shrink.ts'
import { adzus as cli, temporaryFolder } from './support/cli.ts'
import { writePng } from './support/pictures.ts'
import { faultsOf } from './support/schema.ts'

type Disc = readonly [x: number, y: number, radius: number, hole?: number]

/** Bright discs on dark grey, some with holes. */
function picture(side: number, discs: readonly Disc[], [dark, bright] = [40, 200]): Picture {
  const data = new Uint8Array(3 * side * side).fill(dark)
  for (const [x, y, radius, hole = -1] of discs)
    for (let v = 0; v < side; v++)
      for (let u = 0; u < side; u++) {
        const away = Math.hypot(u - x, v - y)
        if (away <= radius && away > hole) data.fill(bright, 3 * (v * side + u), 3 * (v * side + u) + 3)
      }
  return { width: side, height: side, data }
}

/** Nine discs in rows of three. */
const NINE: Disc[] = Array.from({ length: 9 }, (_, i) => [20 + 44 * (i % 3), 20 + 44 * Math.floor(i / 3), 5])
/** Two pairs that touch, one alone, a speck of 5 pixels, one that the edge cuts. */
const FIVE: Disc[] = [
  [25, 30, 10],
  [43, 30, 10],
  [80, 30, 9],
  [80, 46, 9],
  [30, 90, 10],
]
const png = ({ width, height, data }: Picture) => writePng({ width, height, colour: 'rgb', depth: 8, samples: data })

test('many small parts are seen as many; few, or one that outweighs them, or noise are not', () => {
  assert.equal(components(manyObjects(picture(128, NINE))!).count, 9)
  // Dark ones on bright ground as well: the side that holds less of the border.
  assert.equal(components(manyObjects(picture(128, NINE, [200, 40]))!).count, 9)
  assert.equal(manyObjects(picture(128, NINE.slice(0, 5))), undefined)
  assert.equal(manyObjects(picture(128, [...NINE.slice(0, 8), [100, 100, 24]])), undefined)
  assert.equal(manyObjects(picture(128, [])), undefined)
  const slope = { width: 128, height: 128, data: Uint8Array.from({ length: 3 * 128 ** 2 }, (_, i) => Math.floor(i / 3) % 128) }
  assert.equal(manyObjects(slope), undefined)
})

test('discs that touch are parted, and every object has its own number in reading order', () => {
  const { labels, count } = instances(picture(128, FIVE), OBJECT_DEFAULTS)
  assert.equal(count, 5)
  const at = (x: number, y: number) => labels[y * 128 + x]
  assert.deepEqual(
    FIVE.map(([x, y]) => at(x, y)),
    [...new Set(FIVE.map(([x, y]) => at(x, y)))],
  )
  assert.deepEqual([...new Set(labels)].sort(), [0, 1, 2, 3, 4, 5])
  assert.equal(at(34, 30) === 0, false)
  assert.equal(at(60, 60), 0)
})

test('dim objects keep their size beside bright ones', () => {
  const both = picture(128, [[30, 64, 12]])
  const dim = picture(128, [[98, 64, 12]], [40, 130])
  const { labels } = instances({ ...both, data: both.data.map((value, i) => Math.max(value, dim.data[i])) }, OBJECT_DEFAULTS)
  const areas = [1, 2].map((label) => labels.filter((own) => own === label).length)
  assert.equal(areas[0], areas[1])
})

test('minSize, excludeBorder and fillHoles', () => {
  const discs: Disc[] = [...NINE, [64, 42, 3], [126, 60, 6], [42, 64, 7, 2]]
  const shown = picture(128, discs)
  const count = (options = {}) => instances(shown, { ...OBJECT_DEFAULTS, ...options }).count
  assert.equal(count(), 12)
  assert.equal(count({ minSize: 40 }), 11)
  assert.equal(count({ excludeBorder: true }), 11)
  const hole = 64 * 128 + 42
  assert.notEqual(instances(shown, OBJECT_DEFAULTS).labels[hole], 0)
  assert.equal(instances(shown, { ...OBJECT_DEFAULTS, fillHoles: false }).labels[hole], 0)
})

test('a hole larger than the objects is a gap between them', () => {
  const ring = Array.from(
    { length: 24 },
    (_, i): Disc => [64 + 36 * Math.cos((i * Math.PI) / 12), 64 + 36 * Math.sin((i * Math.PI) / 12), 6],
  )
  const { data } = picture(128, [...ring, ...NINE.map(([x, y]): Disc => [x < 64 ? 6 : 121, y < 64 ? 6 : 121, 3])])
  const mask = { width: 128, height: 128, data: Uint8Array.from({ length: 128 ** 2 }, (_, i) => (data[3 * i] === 200 ? 255 : 0)) }
  assert.equal(fillSmallHoles(mask).data[64 * 128 + 64], 0)
})

test('more objects than 16 bits number: the smallest are left out', () => {
  const labels = Int32Array.from({ length: 70_000 + 5000 }, (_, i) => (i < 70_000 ? i + 1 : i - 70_000 + 60_001))
  const found = tidyObjects({ labels, count: 70_000 }, { width: 75_000, height: 1 }, { minSize: 0, excludeBorder: false })
  assert.deepEqual([found.count, found.beyond], [MOST_OBJECTS, 70_000 - MOST_OBJECTS])
  assert.ok(found.labels[62_000] > 0 && found.labels[69_999] === 0)
})

const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())
const FAST = { size: 64 }

test('nuclei: Dice of the objects’ union is 0.8 at least, and their count is close to the truth’s', async () => {
  const folder = 'data/nuclei'
  for (const name of await readdir(join(folder, 'images'))) {
    const shown = await decodeImage(await readFile(join(folder, 'images', name)))
    const truth = (await decodeImage(await readFile(join(folder, 'masks', name)))).data.filter((_, i) => i % 3 === 0)
    assert.ok(manyObjects(squeeze(shown, 128, 128)), name)
    const { labels, count } = instances(shown, OBJECT_DEFAULTS)
    const union = Uint8Array.from(labels, (label) => (label === 0 ? 0 : 255))
    assert.ok(overlap(union, truth).dice >= 0.8, name)
    const parts = components({ width: shown.width, height: shown.height, data: truth }, 4).count
    // The true mask holds some nuclei that touch as one part.
    assert.ok(count >= 0.9 * parts && count <= 1.5 * parts, `${name}: ${count} of ${parts}`)
  }
})

const RUN = { version: '1.2.3', model: { path: 'model', sha256: '0'.repeat(64) }, backend: 'cpu', adapter: 'CPU' }
const digest = { bytes: 1, sha256: '0'.repeat(64) }

test('a result has objects where many are seen: its mask is their union, its file has 16 bits', async () => {
  const result = await adzus.segment(png(picture(128, NINE)), FAST)
  const { objects, mask } = result
  assert.equal(objects?.count, 9)
  assert.deepEqual(
    mask,
    Uint8Array.from(objects!.labels, (label) => (label === 0 ? 0 : 255)),
  )
  const [first] = objects!.list
  assert.deepEqual([first.id, first.bbox, first.centroid, first.meanColour], [1, [15, 15, 11, 11], [20, 20], [200, 200, 200]])
  const { files } = await encodeImage(
    { name: 'a', input: 'a.png', inputFile: digest, result, run: RUN },
    chooseOutputs(['objects', 'json']),
  )
  const { depth, channels, data } = decode(files.get('a.objects.png')!)
  assert.deepEqual([depth, channels], [16, 1])
  assert.deepEqual(Uint16Array.from(data), objects!.labels)
  const record = JSON.parse(new TextDecoder().decode(files.get('a.json')))
  assert.deepEqual(faultsOf(record, JSON.parse(await readFile('schema/result.schema.json', 'utf8'))), [])
  assert.equal(record.objects.count, 9)
  assert.deepEqual(Object.keys(record.objects.list[0]), ['id', 'area', 'bbox', 'centroid', 'meanColour', 'rle'])
})

test('none looks for one object, whose parts are made on demand; many is asked for', async () => {
  const few = png(picture(128, FIVE))
  const one = await adzus.segment(few, { ...FAST, foreground: 'all' })
  assert.equal(one.objects, undefined)
  assert.deepEqual([objectsOf(one).count, objectsOf(one).list[0].area], [1, 128 * 128])
  assert.equal((await adzus.segment(few, { ...FAST, objects: 'many' })).objects?.count, 5)
  assert.equal((await adzus.segment(png(picture(128, NINE)), { ...FAST, objects: 'none' })).objects, undefined)
  await assert.rejects(adzus.segment(few, { objects: 'many', foreground: 'center' }), /objects.*foreground auto/)
  await assert.rejects(adzus.segment(few, { minSize: -1 }), AdzusError)
  await assert.rejects(adzus.segment(few, { objects: 'lots' as 'many' }), /'auto', 'many', 'none'/)
})

test('a view answers about objects without the networks', async () => {
  const view = await adzus.look(png(picture(128, [...NINE, [126, 60, 6]])), FAST)
  assert.equal((await view.segment()).objects?.count, 10)
  assert.equal((await view.segment({ excludeBorder: true })).objects?.count, 9)
  assert.equal((await view.segment({ objects: 'none' })).objects, undefined)
  await view.dispose()
})

test('the command line writes objects where many are seen, and takes away those of an earlier run', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'nine.png'), png(picture(128, NINE)))
  const call = ['segment', 'nine.png', '--backend', 'cpu', '--size', '64', '--json', '-q']
  const first = JSON.parse((await cli(call, { cwd: folder })).stdout)
  assert.deepEqual([first.objectCount, first.files.objects], [9, join('out', 'nine.objects.png')])
  const none = JSON.parse((await cli([...call, '--objects', 'none'], { cwd: folder })).stdout)
  assert.deepEqual([none.objectCount, none.files.objects], [undefined, undefined])
  assert.deepEqual((await readdir(join(folder, 'out'))).sort(), ['nine.json', 'nine.labels.png', 'nine.mask.png', 'nine.overlay.png'])
  const again = JSON.parse((await cli([...call, '--objects', 'none', '--resume'], { cwd: folder })).stdout)
  assert.deepEqual([again.status, again.files.objects], ['skipped', undefined])
  const wrong = await cli([...call, '--objects', 'mny'], { cwd: folder })
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /Did you mean many\?/)
})
