/**
 * @file `--foreground auto`, on attention made from label maps whose answer is known, and on a picture that misled rules of whole segments.
 *
 * The synthetic attention: a cell attends to its own object evenly, and with a tenth of its attention to everything. Cells of the ground are alike wherever they are.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterAll } from 'vitest'
import type { Labelled } from '../src/adzus/foreground.ts'
import { overlap } from '../src/adzus/metrics.ts'
import { autoMask as cut, prominence } from '../src/adzus/prominence.ts'
import { markForeground, regionProperties, relabel } from '../src/adzus/segments.ts'
import { BandedMap } from '../src/attention/banded-map.ts'
import { segmentHeat } from '../src/attention/text-relevance.ts'
import { Adzus } from '../src/index.ts'
import { otsu } from '../src/pixels/otsu.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { Tensor } from '../src/tensor/index.ts'
import { backends, test } from './support/backends.ts'
import { random } from './support/random.ts'
import { modelWithWords } from './support/words.ts'

const SIDE = 16
const CELL = 4
const GRID = { h: SIDE, w: SIDE }
const LEAK = 0.1

/** Which object a cell of the grid shows; 0 and below is the ground. */
type Scene = (x: number, y: number) => number

const disc =
  (cx: number, cy: number, radius: number, label = 1): Scene =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) < radius ? label : 0

const cpu = createCpuBackend()
afterAll(() => cpu.dispose())

const cellsOf = (scene: Scene) => Int32Array.from({ length: SIDE * SIDE }, (_, i) => scene(i % SIDE, Math.floor(i / SIDE)))

function attentionOf(cells: Int32Array, backend = cpu): BandedMap {
  const n = cells.length
  const sizes = new Map<number, number>()
  for (const label of cells) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  const values = Float32Array.from({ length: n * n }, (_, i) => {
    const [query, key] = [cells[Math.floor(i / n)], cells[i % n]]
    return LEAK / n + (query === key ? (1 - LEAK) / sizes.get(query)! : 0)
  })
  return BandedMap.of(GRID, Tensor.from(backend, values, [n, n], 'synthetic attention'))
}

/** What each pixel shows, at CELL × CELL pixels a cell. */
function upsample(cells: Int32Array): Int32Array {
  const side = SIDE * CELL
  return Int32Array.from({ length: side * side }, (_, i) => cells[Math.floor(i / side / CELL) * SIDE + Math.floor((i % side) / CELL)])
}

/** The label map; `number` says which number an object gets. */
function labelled(cells: Int32Array, number = (label: number) => label + 1): Labelled {
  const side = SIDE * CELL
  const { labels, proposals } = relabel(upsample(cells).map(number))
  const raster = { width: side, height: side, data: new Uint8Array(3 * side * side) }
  return { labels, width: side, height: side, segments: regionProperties(labels, proposals.length, raster) }
}

const SCENES: [string, Scene][] = [
  ['a disc in the centre', disc(7.5, 7.5, 4)],
  ['a disc that touches the border', disc(7.5, 2.5, 4)],
  ['an object between two pieces of ground', (x) => (x < 5 ? 0 : x > 10 ? -1 : 1)],
  ['an object that fills 70 % of the picture', disc(7.5, 7.5, 7.6)],
  ['many small objects', (x, y) => (x % 4 > 0 && x % 4 < 3 && y % 4 > 0 && y % 4 < 3 ? 1 + Math.floor(x / 4) + 4 * Math.floor(y / 4) : 0)],
]

// Bilinear upsampling rounds corners off, and centrality takes away where an object meets the border.
/** The mask of a map by its own prominence. */
const autoMask = async (map: BandedMap, seen: Labelled) => cut(map, await prominence(map), seen)

for (const [name, scene] of SCENES)
  test(`auto finds ${name}`, async () => {
    const cells = cellsOf(scene)
    const seen = labelled(cells)
    const map = attentionOf(cells)
    const mask = await autoMask(map, seen)
    map.dispose()
    const objects = new Set(cells.filter((label) => label > 0))
    const truth = upsample(cells).map((label) => (label > 0 ? 255 : 0))
    const { dice } = overlap(mask, truth)
    assert.ok(dice > 0.8, `Dice ${dice}`)
    const hit = new Set(upsample(cells).filter((label, i) => label > 0 && mask[i] !== 0))
    assert.equal(hit.size, objects.size, 'every object is found')
    assert.ok(mask.filter((v, i) => v !== 0 && truth[i] === 0).length < 0.05 * mask.length, 'little of the ground is taken')
  })

test('one segment: nothing stands out of even attention, but an object that merging missed does', async () => {
  const one = labelled(cellsOf(() => 0))
  const even = attentionOf(cellsOf(() => 0))
  assert.ok((await autoMask(even, one)).every((v) => v === 0))
  const object = attentionOf(cellsOf(disc(7.5, 7.5, 3)))
  const mask = await autoMask(object, one)
  assert.equal(mask[32 * 64 + 32], 255)
  assert.equal(mask[0], 0)
  for (const segment of one.segments) assert.equal(segment.foreground, false)
  markForeground(one.segments, one.labels, mask)
  const [segment] = one.segments
  assert.equal(segment.foregroundShare, mask.filter((v) => v !== 0).length / mask.length)
  assert.equal(segment.foreground, false, 'it is mostly background, though all of the mask lies in it')
})

test('with two segments or more the mask is neither empty nor everything, whatever the attention', async () => {
  const { int, floats } = random(3)
  for (let round = 0; round < 12; round++) {
    const cells = Int32Array.from({ length: SIDE * SIDE }, () => int(0, 1 + (round % 5)))
    const values = floats(cells.length ** 2, 0, 1)
    const map =
      round % 2 === 0
        ? attentionOf(new Int32Array(cells.length))
        : BandedMap.of(GRID, Tensor.from(cpu, values, [cells.length, cells.length]))
    const seen = labelled(cells)
    assert.ok(seen.segments.length > 1)
    const mask = await autoMask(map, seen)
    assert.deepEqual([...new Set(mask)].sort(), [0, 255], `round ${round}`)
    map.dispose()
  }
})

test('where attention says nothing, all but the border’s largest segment is foreground', async () => {
  const seen = labelled(cellsOf(disc(7.5, 7.5, 4)))
  const even = attentionOf(cellsOf(() => 0))
  assert.deepEqual(
    await autoMask(even, seen),
    Uint8Array.from(seen.labels, (label) => (label === 2 ? 255 : 0)),
  )
  even.dispose()
})

test('auto gives the same mask again, and for any numbering of the segments', async () => {
  const cells = cellsOf((x, y) => disc(4, 5, 3, 1)(x, y) || disc(11, 9, 3, 2)(x, y))
  const map = attentionOf(cells)
  const mask = await autoMask(map, labelled(cells))
  assert.deepEqual(await autoMask(map, labelled(cells)), mask)
  assert.deepEqual(
    await autoMask(
      map,
      labelled(cells, (label) => 2 - label),
    ),
    mask,
  )
  map.dispose()
  const even = attentionOf(new Int32Array(cells.length))
  assert.deepEqual(
    await autoMask(
      even,
      labelled(cells, (label) => 2 - label),
    ),
    await autoMask(even, labelled(cells)),
  )
  even.dispose()
})

for (const { name, open, test } of await backends())
  test(`prominence on ${name}: cut into bands, on a grid that is not square, and by its definition`, async () => {
    const backend = await open()
    const [h, w] = [6, 10]
    const n = h * w
    const { floats } = random(5)
    const values = floats(n * n, 0.1, 1)
    for (let q = 0; q < n; q++) {
      const sum = values.subarray(q * n, (q + 1) * n).reduce((a, b) => a + b)
      for (let k = 0; k < n; k++) values[q * n + k] /= sum
    }
    const border = [...Array(n).keys()].filter((i) => i % w === 0 || i % w === w - 1 || i < w || i >= n - w)
    assert.equal(border.length, 2 * (h + w) - 4)
    const mean = Array.from({ length: n }, (_, k) => border.reduce((sum, q) => sum + values[q * n + k], 0) / border.length)
    const expected = Array.from({ length: n }, (_, q) => {
      let divergence = 0
      for (let k = 0; k < n; k++) divergence += 0.5 * (values[q * n + k] - mean[k]) * Math.log(values[q * n + k] / mean[k])
      const [x, y] = [((q % w) + 0.5) / w, (Math.floor(q / w) + 0.5) / h]
      return divergence * Math.sqrt(Math.sin(Math.PI * x) * Math.sin(Math.PI * y))
    })
    const piece = (from: number, to: number) => Tensor.from(backend, values.slice(from * w * n, to * w * n), [(to - from) * w, n])
    for (const map of [BandedMap.of({ h, w }, piece(0, h)), BandedMap.of({ h, w }, piece(0, 1), piece(1, 4), piece(4, h))]) {
      const scores = await prominence(map)
      for (const [i, score] of scores.entries())
        assert.ok(Math.abs(score - expected[i]) < 1e-5, `cell ${i}: ${score}, expected ${expected[i]}`)
      map.dispose()
    }
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  })

test('Otsu’s threshold: two groups, weights, ties, nothing to cut', () => {
  assert.equal(otsu([1, 9, 2, 8, 1, 9]), 5)
  assert.equal(otsu([0, 1, 10]), 5.5)
  // As 0 counts a hundred times, leaving 10 alone costs less than splitting 1 off.
  assert.equal(otsu([0, 4, 10], [1, 1, 1]), 7)
  assert.equal(otsu([0, 4, 10], [100, 1, 100]), 7)
  assert.equal(otsu([0, 4, 10], [0, 1, 100]), 7)
  assert.equal(otsu([4, 0, 10], [100, 1, 0]), 2)
  assert.ok(Number.isNaN(otsu([3, 3, 3])))
  assert.ok(Number.isNaN(otsu([3])))
  assert.ok(Number.isNaN(otsu([3, 5], [0, 7])))
})

test('a white blood cell at the border of a smear is found', async () => {
  const adzus = await Adzus.load(undefined, { backend: cpu })
  const { mask, width, height } = await adzus.segment(await readFile('data/bccd/images/BloodImage_00001.jpg'))
  let inNucleus = 0
  for (let y = 380; y < 420; y++) for (let x = 170; x < 210; x++) if (mask[y * width + x] !== 0) inNucleus++
  assert.ok(inNucleus > 0.9 * 40 * 40, `${inNucleus} of 1600 pixels around (190, 400)`)
  const inside = mask.filter((v) => v !== 0).length
  assert.ok(inside < 0.5 * width * height)
  await adzus.dispose()
})

test('words: the tokens of the text say which segment is heated', async () => {
  // Two segments, left and right; token 1 is looked at by the left half, token 2 by the right half, token 0 (the start) most by both.
  const [w, h, tokens] = [4, 2, 3]
  const attention = Float32Array.from({ length: w * h * tokens }, (_, i) => {
    const [token, left] = [i % tokens, Math.floor(i / tokens) % w < 2]
    return token === 0 ? 0.7 : (token === 1) === left ? 0.2 : 0.1
  })
  const map = BandedMap.of({ h, w }, Tensor.from(cpu, attention, [w * h, tokens]))
  const labels = Uint8Array.from({ length: 8 * 4 }, (_, i) => (i % 8 < 4 ? 1 : 2))
  const heat = (words: number[]) => segmentHeat([map], words, { labels, width: 8, height: 4, count: 2 })
  const [one, two, both] = [await heat([1]), await heat([2]), await heat([1, 2])]
  assert.ok(one[0] > one[1] && two[1] > two[0])
  assert.ok(Math.abs(both[0] - both[1]) < 1e-6)
  map.dispose()
})

test('words: a text chooses whole segments of a real picture, and the network answers the text', async () => {
  const adzus = await Adzus.load(await modelWithWords(), { backend: cpu })
  const picture = await readFile('data/bccd/images/BloodImage_00163.jpg')
  const segment = (text: string) => adzus.segment(picture, { size: 128, thresholds: [0.2, 0.2, 0.2], foreground: { text } })
  const [cell, xray] = [await segment('white blood cell'), await segment('chest x-ray')]
  for (const { labels, mask, segments } of [cell, xray]) {
    assert.ok(mask.every((v, i) => v === (segments[labels[i] - 1].foreground ? 255 : 0)))
    assert.ok(mask.includes(255))
  }
  assert.notDeepEqual(cell.mask, xray.mask)
  await adzus.dispose()
})
