/** @file Clicks and boxes: how they are written, and what they choose on made pictures. */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { parseForeground } from '../src/adzus/foreground.ts'
import { fractionsNotes, type Hints, isHints, segmentsAt } from '../src/adzus/hints.ts'
import { BandedMap } from '../src/attention/banded-map.ts'
import { levelsAround } from '../src/foreground/clicks/candidates.ts'
import { clickMask } from '../src/foreground/clicks/click.ts'
import { depthShare, depthsOf } from '../src/foreground/clicks/depth.ts'
import { geodesic } from '../src/foreground/clicks/distances.ts'
import { filled, joined, partAt } from '../src/foreground/clicks/flood.ts'
import { type Ground, prepareGround } from '../src/foreground/clicks/ground.ts'
import type { Seeds } from '../src/foreground/clicks/seeds.ts'
import { openScene } from '../src/foreground/scene.ts'
import { PIXELS, SIDE } from '../src/foreground/square.ts'
import { Adzus, openBackend } from '../src/index.ts'
import { uniform } from '../src/random.ts'
import { Tensor } from '../src/tensor/index.ts'

const backend = await openBackend('cpu')
afterAll(() => backend.dispose())

const CELLS = 16
type Disc = readonly [x: number, y: number, radius: number]
const inDisc = ([x, y, radius]: Disc, i: number) => Math.hypot((i % SIDE) - x, Math.floor(i / SIDE) - y) < radius
const discMask = (...discs: Disc[]) => Uint8Array.from({ length: PIXELS }, (_, i) => (discs.some((disc) => inDisc(disc, i)) ? 1 : 0))
const at = (x: number, y: number) => y * SIDE + x

/** Reddish discs on a green ground, both noisy; cells attend to cells of their own kind. */
async function made(...discs: Disc[]): Promise<Ground> {
  const random = uniform(5)
  const truth = discMask(...discs)
  const data = new Uint8Array(3 * PIXELS)
  for (let i = 0; i < PIXELS; i++) data.set(truth[i] ? [150, 70, 90] : [90, 150, 90], 3 * i)
  for (let i = 0; i < data.length; i++) data[i] += Math.floor(30 * random())
  const kind = (cell: number) => truth[at((cell % CELLS) * 8 + 4, Math.floor(cell / CELLS) * 8 + 4)]
  const n = CELLS * CELLS
  const map = new Float32Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = Float32Array.from({ length: n }, (_, j) => (kind(i) === kind(j) ? 1 : 0.1) * (1 + random()))
    const sum = row.reduce((a, b) => a + b)
    map.set(
      row.map((value) => value / sum),
      i * n,
    )
  }
  const tensor = Tensor.from(backend, map, [n, n])
  const scene = await openScene(BandedMap.of({ h: CELLS, w: CELLS }, tensor), { width: SIDE, height: SIDE, data })
  return prepareGround(scene)
}

function dice(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [both, all] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i] ? 1 : 0, b[i] ? 1 : 0]
    both += p & q
    all += p + q
  }
  return (2 * both) / all
}

const one = await made([50, 60, 20])
const LEFT: Disc = [36, 64, 18]
const RIGHT: Disc = [92, 64, 18]
const two = await made(LEFT, RIGHT)
/** A bar joins them: one part, by colour. */
const joinedDiscs = await made(LEFT, RIGHT, [50, 64, 4], [56, 64, 4], [62, 64, 4], [68, 64, 4], [74, 64, 4], [78, 64, 4])
const ask = (ground: Ground, seeds: Partial<Seeds>) => clickMask(ground, { points: [], background: [], ...seeds })

test('what the command line takes', () => {
  assert.deepEqual(parseForeground('point=120,80'), { point: [120, 80] })
  assert.deepEqual(parseForeground('point=120,80;-10,10'), { points: [[120, 80]], background: [[10, 10]] })
  assert.deepEqual(parseForeground('point=1,2; 3,4 ;-0,10;-5,6'), {
    points: [
      [1, 2],
      [3, 4],
    ],
    background: [
      [0, 10],
      [5, 6],
    ],
  })
  assert.deepEqual(parseForeground('box=0,1,2,3'), { box: [0, 1, 2, 3] })
  const both = { points: [[1, 2]], box: [0, 1, 5, 6] }
  assert.deepEqual(parseForeground('point=1,2;box=0,1,5,6'), both)
  assert.deepEqual(parseForeground('box=0,1,5,6;point=1,2'), both)
  assert.deepEqual(parseForeground('box=0,1,5,6;-1,2'), { background: [[1, 2]], box: [0, 1, 5, 6] })
  for (const text of [
    'point=-1,2',
    'point=1,2;',
    'point=1,2;3',
    'point=1,2;--3,4',
    'box=0,0,1,1;box=0,0,2,2',
    'box=-0,0,1,1',
    'box=1,2',
    'point=1,2;text=x',
  ])
    assert.throws(() => parseForeground(text), /options \(foreground\): expected auto.*point=x,y;x,y;-x,y/, text)
})

test('what the library takes', () => {
  for (const hints of [
    { point: [1, 2] },
    { points: [[1, 2]], background: [] },
    { box: [0, 0, 1, 1], background: [[1, 2]] },
    { point: [1, 2], box: [0, 0, 1, 1] },
  ])
    assert.ok(isHints(hints), JSON.stringify(hints))
  for (const hints of [
    {},
    { points: [] },
    { background: [[1, 2]] },
    { points: [1, 2] },
    { point: [1, 2], points: [[1, 2]] },
    { point: [1, 2], of: 3 },
    { points: [[1, -2]] },
  ])
    assert.ok(!isHints(hints), JSON.stringify(hints))
})

test('every place that looks like fractions is noted', () => {
  const notes = fractionsNotes(
    {
      points: [
        [0.5, 0.5],
        [30, 0.5],
      ],
      background: [[0.25, 0.75]],
    },
    { width: 60, height: 40 },
  )
  assert.deepEqual(notes, [
    'the point 0.5, 0.5 counts in pixels; as fractions of the picture it would be 30, 20',
    'the background point 0.25, 0.75 counts in pixels; as fractions of the picture it would be 15, 30',
  ])
})

test('whole segments: under the clicks, without those under background clicks, in the box', () => {
  const labels = Uint8Array.of(1, 1, 2, 2, 3, 3)
  const segments = [1, 2, 3].map((id) => ({ id, area: 2 })) as unknown as Parameters<typeof segmentsAt>[1]['segments']
  const ids = (hints: Hints) => [...segmentsAt(hints, { labels, segments, width: 6, height: 1 })]
  assert.deepEqual(
    ids({
      points: [
        [0, 0],
        [5.9, 0.9],
      ],
    }),
    [1, 3],
  )
  assert.deepEqual(
    ids({
      points: [
        [0, 0],
        [5, 0],
      ],
      background: [[4, 0]],
    }),
    [1],
  )
  assert.deepEqual(
    ids({
      points: [
        [0, 0],
        [5, 0],
      ],
      box: [3, 0, 5, 0],
    }),
    [3],
  )
  assert.throws(
    () => ids({ points: [[0, 0]], background: [[6, 0]] }),
    /foreground: point: expected x from 0 to 5 and y from 0 to 0, got 6, 0/,
  )
})

test('parts, holes and joined levels', () => {
  const ring = discMask([40, 40, 10]).map((own, i) => (inDisc([40, 40, 5], i) ? 0 : own))
  assert.deepEqual(filled(ring), discMask([40, 40, 10]))
  const apart = discMask([40, 40, 10], [80, 80, 10])
  assert.deepEqual(partAt(apart, at(80, 80)), discMask([80, 80, 10]))
  assert.equal(partAt(apart, at(60, 60)), undefined)
  // Each level has holes of its own: what lies within 3 is inside from 3 on, what lies within 1 from 1 on.
  const hills = new Uint8Array(PIXELS)
  discMask([40, 40, 12]).forEach((own, i) => {
    if (own) hills[i] = inDisc([40, 40, 4], i) ? 0 : inDisc([40, 40, 7], i) ? 3 : inDisc([40, 40, 10], i) ? 2 : 1
  })
  const whole = filled(hills)
  assert.deepEqual([whole[at(40, 40)], whole[at(40, 46)], whole[at(40, 49)], whole[at(40, 51)], whole[at(40, 60)]], [3, 3, 2, 1, 0])
  // A click in a corner, what is at the edge is no hole.
  const corner = Uint8Array.from({ length: PIXELS }, (_, i) => (i === 0 ? 0 : 1))
  assert.deepEqual(filled(corner), corner)
  // 3 beyond a bar of 1 is joined from level 1 only; 0 joins nothing.
  const levels = new Uint8Array(PIXELS)
  levels.set([2, 2, 1, 3, 0, 3])
  assert.deepEqual([...joined(levels, 0, 3).subarray(0, 6)], [3, 2, 1, 1, 0, 0])
})

test('level sets around a click grow from the click outwards', () => {
  const values = Float32Array.from({ length: PIXELS }, (_, i) => -Math.hypot((i % SIDE) - 64, Math.floor(i / SIDE) - 64))
  const found = levelsAround({ name: 'x', values, low: -60 }, new Uint8Array(PIXELS).fill(1), at(64, 64))
  const areas = found.map(({ mask }) => mask.reduce((sum, own) => sum + own, 0))
  assert.equal(found.length, 12)
  // The last level is at 4 % of the way from −60 to the click's 0: a disc of radius 57.6.
  assert.ok(Math.abs(areas[11] - Math.PI * 57.6 ** 2) < 60, `${areas[11]}`)
  assert.deepEqual(found[11].mask, discMask([64, 64, 57.6]))
  assert.deepEqual(
    areas,
    [...areas].sort((a, b) => a - b),
  )
  assert.deepEqual(levelsAround({ name: 'x', values: values.fill(1), low: 1 }, new Uint8Array(PIXELS).fill(1), 0), [])
})

test('depth in thirds of a pixel, and the way along colours', () => {
  const square = Uint8Array.from({ length: PIXELS }, (_, i) =>
    ((i % SIDE) - 10) >>> 0 < 7 && (Math.floor(i / SIDE) - 20) >>> 0 < 7 ? 1 : 0,
  )
  const depths = depthsOf(square)
  assert.deepEqual([depths[at(10, 23)], depths[at(11, 23)], depths[at(13, 23)], depths[at(9, 23)]], [3, 6, 12, 0])
  assert.equal(depthsOf(new Uint8Array(PIXELS).fill(1))[at(3, 64)], 12)
  assert.deepEqual([depthShare(square, at(13, 23)), depthShare(square, at(10, 23)), depthShare(square, at(9, 23))], [1, 3 / 12, 0])
  const flat = { stepsRight: new Float32Array(PIXELS), stepsDown: new Float32Array(PIXELS) } as Ground
  const way = geodesic(flat, [at(5, 5)])
  assert.ok(Math.abs(way[at(8, 9)] - 0.3 * 7) < 1e-5)
  assert.equal(geodesic(flat, [])[0], Number.POSITIVE_INFINITY)
})

test('a click on a disc is the disc, wherever it is clicked; the same twice', async () => {
  const truth = discMask([50, 60, 20])
  for (const click of [at(50, 60), at(60, 66), at(42, 50)]) {
    const mask = await ask(one, { points: [click] })
    assert.ok(dice(mask, truth) > 0.95, `${dice(mask, truth)}`)
    assert.deepEqual(await ask(one, { points: [click] }), mask)
  }
})

test('a click on one of two discs is that one; on both, both; a background click parts what is joined', async () => {
  assert.ok(dice(await ask(two, { points: [at(36, 64)] }), discMask(LEFT)) > 0.95)
  assert.ok(dice(await ask(two, { points: [at(36, 64), at(92, 64)] }), discMask(LEFT, RIGHT)) > 0.95)
  const mask = await ask(joinedDiscs, { points: [at(36, 64)], background: [at(92, 64)] })
  assert.equal(mask[at(36, 64)], 1)
  assert.equal(mask[at(92, 64)], 0)
  assert.ok(dice(mask, discMask(LEFT)) > 0.8, `${dice(mask, discMask(LEFT))}`)
})

test('a further click changes one part around itself; one that the mask agrees with, nothing', async () => {
  const point = at(36, 64)
  const alone = await ask(two, { points: [point] })
  assert.deepEqual(await ask(two, { points: [point, at(40, 60)], background: [at(92, 64), at(3, 3)] }), alone)
  const both = await ask(two, { points: [point, at(92, 64)] })
  const added = both.map((own, i) => own ^ alone[i])
  assert.ok(both.every((own, i) => own >= alone[i]))
  assert.deepEqual(partAt(added, at(92, 64)), added)
  // What was added is taken away again, and no more.
  const without = await ask(two, { points: [point, at(92, 64)], background: [at(92, 70)] })
  assert.ok(without.every((own, i) => own <= both[i]) && without[point] === 1 && without[at(92, 64)] === 1 && without[at(92, 70)] === 0)
  assert.deepEqual(
    without.map((own, i) => own & alone[i]),
    alone,
  )
})

test('a box alone is the object in it; with a click, what is outside is cut off', async () => {
  const boxOf = (x0: number, y0: number, x1: number, y1: number) =>
    Uint8Array.from({ length: PIXELS }, (_, i) => (i % SIDE >= x0 && i % SIDE <= x1 && i >= y0 * SIDE && i < (y1 + 1) * SIDE ? 1 : 0))
  assert.ok(dice(await ask(two, { box: boxOf(72, 44, 112, 84) }), discMask(RIGHT)) > 0.95)
  const half = boxOf(0, 0, 40, 127)
  const mask = await ask(two, { points: [at(30, 64)], box: half })
  assert.ok(mask.every((own, i) => own <= half[i]))
  assert.ok(
    dice(
      mask,
      discMask(LEFT).map((own, i) => own * half[i]),
    ) > 0.9,
  )
})

test('where nothing is left to choose from, a little around the click', async () => {
  const mask = await ask(one, { points: [at(50, 60)], background: [at(51, 60), at(49, 60), at(50, 61), at(50, 59)] })
  assert.equal(mask[at(50, 60)], 1)
  assert.equal(mask[at(51, 60)] + mask[at(49, 60)], 0)
  // The same pixel both ways: it stays, and nothing fails.
  assert.equal((await ask(one, { points: [at(9, 9)], background: [at(9, 9)] }))[at(9, 9)], 1)
})

test('view.mask gives the mask of segment; clicks outside are refused, and whole segments are an option', async () => {
  const [width, height] = [60, 40]
  const data = new Uint8Array(3 * width * height)
  for (let i = 0; i < width * height; i++)
    data.set(Math.hypot((i % width) - 30, Math.floor(i / width) - 20) < 9 ? [150, 60, 90] : [90, 150, 90], 3 * i)
  const image = { width, height, data }
  const adzus = await Adzus.load(undefined, { backend })
  const options = { size: 64 } as const
  const view = await adzus.look(image, options)
  for (const foreground of [{ point: [30, 20] }, { points: [[30, 20]], background: [[2, 2]], box: [15, 5, 45, 35] }] as const) {
    const { mask, parameters } = await adzus.segment(image, { ...options, foreground })
    const stages: string[] = []
    assert.deepEqual(await view.mask(foreground, { onProgress: (stage) => void stages.push(stage) }), mask)
    // No segments are needed for it.
    assert.deepEqual(stages, ['foreground'])
    assert.equal(mask[20 * width + 30], 255)
    assert.equal(mask[2 * width + 2], 0)
    assert.equal(parameters.wholeSegments, false)
  }
  await assert.rejects(view.mask({ points: [[30, 20]], background: [[60, 0]] }), /foreground: point/)
  const { labels, mask } = await view.segment({ foreground: { point: [30, 20] }, wholeSegments: true })
  const label = labels[20 * width + 30]
  assert.ok(mask.every((value, i) => (value === 255) === (labels[i] === label)))
  await view.dispose()
  await adzus.dispose()
})
