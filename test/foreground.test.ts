/**
 * @file `--foreground auto`, on attention made from label maps whose answer is known, and on a picture that misled rules of whole segments.
 *
 * The synthetic attention: a cell attends to its own object evenly, and with a tenth of its attention to everything. Cells of the ground are alike wherever they are.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterAll } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { BandedMap } from '../src/attention/banded-map.ts'
import { segmentHeat } from '../src/attention/text-relevance.ts'
import { chooseAuto } from '../src/foreground/auto.ts'
import { EDGES, type Edges, finish } from '../src/foreground/finish.ts'
import { openScene } from '../src/foreground/scene.ts'
import { Adzus } from '../src/index.ts'
import { openBackend } from '../src/open-backend.ts'
import { otsu } from '../src/pixels/otsu.ts'
import type { Picture } from '../src/pixels/picture.ts'
import { Tensor } from '../src/tensor/index.ts'
import { test } from './support/backends.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { random } from './support/random.ts'

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

const cpu = await openBackend('cpu')
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

const SCENES: [string, Scene][] = [
  ['a disc in the centre', disc(7.5, 7.5, 4)],
  ['a disc near the border', disc(7.5, 4.5, 3.5)],
  ['two discs', (x, y) => disc(4.5, 5, 3, 1)(x, y) || disc(11, 10, 3, 1)(x, y)],
  ['an object that fills half of the picture', disc(7.5, 7.5, 6.4)],
]

/** A picture in which the object is dark and everything is noisy. */
function pictureOf(cells: Int32Array, seed = 4): Picture {
  const { floats } = random(seed)
  const shown = upsample(cells)
  const noise = floats(3 * shown.length, -12, 12)
  const data = Uint8Array.from(noise, (n, i) => (shown[Math.floor(i / 3)] > 0 ? 90 : 190) + n)
  return { width: SIDE * CELL, height: SIDE * CELL, data }
}

/** What `auto` finds in a picture of that attention, with outlines of one kind or several. */
async function auto(map: BandedMap, picture: Picture, edges: readonly Edges[] = ['guided']) {
  const scene = await openScene(map, picture)
  const chosen = chooseAuto(scene)
  scene.walk.dispose()
  const masks = edges.map((kind) => finish(chosen.mask, scene.small, picture, kind))
  return { mask: masks[0], masks, scores: chosen.scores }
}

for (const [name, scene] of SCENES)
  test(`auto finds ${name}, with every way of taking outlines to the full size`, async () => {
    const cells = cellsOf(scene)
    const truth = upsample(cells).map((label) => (label > 0 ? 255 : 0))
    const map = attentionOf(cells)
    const { masks, scores } = await auto(map, pictureOf(cells), EDGES)
    for (const [i, mask] of masks.entries()) {
      const { dice } = overlap(mask, truth)
      assert.ok(dice > 0.9, `${EDGES[i]}: Dice ${dice}, ${JSON.stringify(scores)}`)
    }
    assert.ok(scores.candidates > 10 && scores.stability > 0.7 && scores.contrast > 0.5, JSON.stringify(scores))
    map.dispose()
    assert.equal(cpu.memory.live, 0)
  })

test('auto: a picture of one colour whose attention is even has no candidate, and an empty mask', async () => {
  const even = attentionOf(cellsOf(() => 0))
  const { mask, scores } = await auto(even, { width: 40, height: 30, data: new Uint8Array(3600).fill(120) })
  assert.equal(mask.length, 1200)
  assert.ok(!mask.includes(255))
  assert.deepEqual([scores.won, scores.stability], ['nothing', 0])
  even.dispose()
})

test('auto gives the same mask again, and pictures of any shape have one', async () => {
  const cells = cellsOf(disc(6, 8, 4))
  const map = attentionOf(cells)
  const picture = pictureOf(cells)
  assert.deepEqual((await auto(map, picture)).mask, (await auto(map, picture)).mask)
  for (const [width, height] of [
    [1, 1],
    [8, 3],
    [300, 20],
  ])
    assert.equal((await auto(map, { width, height, data: new Uint8Array(3 * width * height).fill(99) })).mask.length, width * height)
  map.dispose()
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

test('a white blood cell among red ones is found', async () => {
  const adzus = await Adzus.load(undefined, { backend: cpu })
  const { mask, width, height } = await adzus.segment(await readFile('data/bccd/images/BloodImage_00353.jpg'))
  let inNucleus = 0
  for (let y = 290; y < 330; y++) for (let x = 380; x < 420; x++) if (mask[y * width + x] !== 0) inNucleus++
  assert.ok(inNucleus > 0.9 * 40 * 40, `${inNucleus} of 1600 pixels around (400, 310)`)
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
