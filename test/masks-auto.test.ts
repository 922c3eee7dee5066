/**
 * @file What `--foreground auto` is made of: measures of candidates beside OpenCV's, SciPy's and NumPy's (`references/foreground/auto.py`), the field of view, and the choice.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { countBits, countCommon, eachPixel, packBits, ringAround } from '../src/foreground/bits.ts'
import { beyond } from '../src/foreground/candidates/levels.ts'
import { channelsOf, quantiles } from '../src/foreground/channels.ts'
import { chooseExpected } from '../src/foreground/choice.ts'
import { colourGroups } from '../src/foreground/clusters.ts'
import { agreement, dice } from '../src/foreground/features/agreement.ts'
import { contrast, darkness, ringLikeness } from '../src/foreground/features/colours.ts'
import { type Look, looksAt } from '../src/foreground/features/look.ts'
import { partFeatures } from '../src/foreground/features/parts.ts'
import { fieldOfView, hullArea } from '../src/foreground/field-of-view.ts'
import { finish } from '../src/foreground/finish.ts'
import { filledPart, partsOf } from '../src/foreground/parts.ts'
import type { Scene } from '../src/foreground/scene.ts'
import { PIXELS, SIDE, sharesOfCells, spreadCells } from '../src/foreground/square.ts'
import { bilinear } from '../src/pixels/bilinear.ts'
import { blur } from '../src/pixels/blur.ts'

const expected = JSON.parse(await readFile('test/references/foreground/auto.json', 'utf8'))
const at = (i: number): [x: number, y: number] => [i % SIDE, Math.floor(i / SIDE)]
const draw = (inside: (x: number, y: number) => boolean) => Uint8Array.from({ length: PIXELS }, (_, i) => (inside(...at(i)) ? 1 : 0))
const disc = (cx: number, cy: number, radius: number) => draw((x, y) => Math.hypot(x - cx, y - cy) < radius)
const ALL = new Uint8Array(PIXELS).fill(1)

/** The reference's picture: blobs on a slope. */
const values = Float32Array.from({ length: PIXELS }, (_, i) => {
  const [x, y] = at(i)
  const blob = Math.hypot(x - 40, y - 50)
  const bright = (blob < 21 ? 60 : 0) - (blob < 6 ? 60 : 0) + (Math.hypot(x - 100, y - 20) < 9 ? 40 : 0)
  return 100 + Math.floor(x / 2) + bright - (Math.abs(x - 90) + Math.abs(y - 100) < 18 ? 50 : 0) + ((x * 7 + y * 13) % 11)
})
const mask = beyond(values, 150, 1, ALL)
/** Scenes as far as features look at them. */
const scene = { field: ALL, fieldArea: PIXELS, lab: values.slice(), colours: new Uint8Array(PIXELS) } as unknown as Scene

const hashOf = (pixels: ArrayLike<number>) => {
  let [count, sum] = [0, 0]
  for (let i = 0; i < pixels.length; i++)
    if (pixels[i] !== 0) {
      count++
      sum += i
    }
  return [count, sum]
}
const unpacked = (bits: Uint32Array) => {
  const out = new Uint8Array(PIXELS)
  eachPixel(bits, (i) => {
    out[i] = 1
  })
  return out
}
const near = (actual: number, wanted: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${what}: ${actual}, expected ${wanted}`)
const looks = (...masks: Uint8Array[]) =>
  looksAt(
    masks.map((one, i) => ({ name: `mask ${i}`, mask: one })),
    scene,
    1,
    1,
  )

test('masks as bits: counts, pixels, and the ring of OpenCV’s ellipse', () => {
  assert.deepEqual(hashOf(mask), expected.mask)
  const bits = packBits(mask)
  assert.deepEqual(unpacked(bits), mask)
  assert.equal(countBits(bits), expected.mask[0])
  assert.equal(countCommon(bits, packBits(disc(40, 50, 6))), hashOf(disc(40, 50, 6).map((v, i) => v & mask[i]))[0])
  assert.deepEqual(hashOf(unpacked(ringAround(bits, packBits(ALL)))), expected.ring)
  const half = draw((x) => x < 64)
  const inHalf = unpacked(ringAround(bits, packBits(half)))
  assert.ok(inHalf.includes(1) && inHalf.every((v, i) => v <= half[i]))
})

test('connected parts by runs, and a part with its holes', () => {
  const sorted = (connectivity: 4 | 8) => partsOf(mask, connectivity).areas.sort((a, b) => a - b)
  assert.deepEqual(sorted(4), expected.parts4)
  assert.deepEqual(sorted(8), expected.parts8)
  const parts = partsOf(mask, 4)
  const largest = parts.areas.indexOf(Math.max(...parts.areas))
  assert.deepEqual(hashOf(filledPart(parts, largest)), expected.filled)
  // What is open to the outside along a side is no hole, and a gap at a corner closes one.
  const rows = ['.....', '.###.', '.#.##', '.###.', '.....'] as const
  const small = draw((x, y) => rows[y]?.[x] === '#')
  assert.equal(hashOf(filledPart(partsOf(small, 4), 0))[0], 10)
  assert.deepEqual(partsOf(new Uint8Array(PIXELS), 4), { areas: [], runs: [] })
  assert.deepEqual(hashOf(filledPart(partsOf(ALL, 8), 0))[0], PIXELS)
  assert.deepEqual(partFeatures(looks(draw((x, y) => (x < 9 && y < 10) || (x > 100 && x < 111 && y === 50)))[0]), {
    largest: 0.9,
    logCount: Math.log(2),
  })
})

test('colours inside and in the ring: likeness, darkness, contrast', () => {
  const lab = new Float32Array(3 * PIXELS)
  for (let i = 0; i < PIXELS; i++) lab[3 * i] = values[i]
  const colours = Uint8Array.from(values, (v) => Math.floor(v / 8) % 24)
  const own = { ...scene, lab, colours }
  const [look] = looks(mask)
  near(ringLikeness(look, own), expected.ringLikeness, 1e-6, 'likeness')
  near(darkness(look, own), expected.darkness, 1e-6, 'darkness')
  near(contrast(look, own), expected.contrast, 1e-5, 'contrast')
})

test('blur and quantiles', () => {
  const smooth = blur(values, SIDE, SIDE, 1.5)
  for (const [i, wanted] of (expected.blur as number[]).entries()) near(smooth[i * 1021], wanted, 1e-3, `pixel ${i * 1021}`)
  assert.deepEqual(quantiles(values, mask, [0.01, 0.5, 0.99]), expected.quantiles)
  assert.deepEqual([...blur([3, 5], 2, 1, 1, 0)], [3, 5])
})

test('cells and pixels of the square, on grids that are not square', () => {
  const grid = { h: 3, w: 10 }
  const shares = sharesOfCells(
    draw((x) => x < 32),
    grid,
  )
  const wanted = [1, 1, 0.5, 0, 0, 0, 0, 0, 0, 0]
  shares.forEach((share, i) => {
    near(share, wanted[i % 10], 1e-6, `cell ${i}`)
  })
  const plane = spreadCells(new Float32Array(30).fill(4), grid)
  assert.ok(plane.every((v) => v === 4))
  assert.deepEqual([...bilinear([0, 4], { width: 2, height: 1 }, { width: 4, height: 1 })], [0, 1, 3, 4])
})

/** Grey where a mask is inside, else black. */
const framed = (inside: Uint8Array) => ({
  width: SIDE,
  height: SIDE,
  data: Uint8Array.from({ length: 3 * PIXELS }, (_, i) => 120 * inside[Math.floor(i / 3)]),
})

test('the field of view: a round one in a black frame, but neither none, nor a small one, nor one with dents', () => {
  const round = disc(64, 60, 55)
  const field = fieldOfView(framed(round))
  const [area] = hashOf(field)
  assert.ok(field.every((v, i) => v <= round[i]) && area > 0.88 * hashOf(round)[0], `${area}`)
  // Dark spots inside are part of it.
  assert.deepEqual(fieldOfView(framed(round.map((v, i) => (Math.hypot(at(i)[0] - 60, at(i)[1] - 60) < 9 ? 0 : v)))), field)
  for (const whole of [ALL, new Uint8Array(PIXELS), disc(64, 64, 30), draw((x, y) => x > 60 || y > 60)])
    assert.deepEqual(fieldOfView(framed(whole)), ALL)
  // Where the field meets the picture's edge, nothing is taken off.
  const wide = fieldOfView(framed(draw((x) => x >= 20)))
  assert.deepEqual([wide[SIDE - 1], wide[19], wide[30]], [1, 0, 1])
})

test('pixels in a convex hull', () => {
  const area = (inside: Uint8Array) => hullArea({ width: SIDE, height: SIDE, data: inside })
  assert.equal(area(draw((x, y) => x >= 3 && x < 13 && y >= 5 && y < 9)), 40)
  // A triangle whose sides run through pixels.
  assert.equal(area(draw((x, y) => (x === 0 && y === 0) || (x === 8 && y === 0) || (x === 0 && y === 8))), 45)
  assert.equal(area(draw((x, y) => x === 7 && y === 7)), 1)
  assert.equal(area(new Uint8Array(PIXELS)), 0)
})

test('a grey picture has no channels of colour, one of a single colour none, and small things get a group of colours', () => {
  const grey = { width: SIDE, height: SIDE, data: Uint8Array.from({ length: 3 * PIXELS }, (_, i) => Math.floor(i / 3 / SIDE) + 40) }
  const lab = Float32Array.from({ length: 3 * PIXELS }, (_, i) => (i % 3 === 0 ? grey.data[i] / 2.55 : 0))
  assert.deepEqual(
    channelsOf(grey, lab, ALL).map(({ name }) => name),
    ['L', 'L4'],
  )
  assert.deepEqual(channelsOf({ ...grey, data: grey.data.fill(9) }, lab.fill(9), ALL), [])
  const spot = Float32Array.from({ length: 3 * PIXELS }, (_, i) => (i >= 3 * 70 && i < 3 * 71 && i % 3 === 1 ? 60 : 40))
  const groups = colourGroups(spot)
  assert.ok(groups.every((group, i) => (group === groups[70]) === (i === 70)))
})

test('candidates of one mask count once, and those that are too small or too large not at all', () => {
  const [small, middle, large] = [disc(20, 20, 2), disc(60, 60, 20), draw((x) => x < 120)]
  const pool = [small, middle, large, middle.slice()].map((one, i) => ({ name: `${i}`, mask: one }))
  assert.deepEqual(
    looksAt(pool, scene, 30, 0.8).map(({ name }) => name),
    ['1'],
  )
})

test('the choice: what agrees with all that may be right, not the largest score alone', () => {
  const pool = looks(disc(60, 60, 20), disc(61, 60, 20), disc(60, 61, 20), disc(20, 100, 12)) as [Look, Look, Look, Look]
  const overlap = dice(pool[0], pool[1])
  near(dice(pool[0], pool[0]), 1, 0, 'with itself')
  near(agreement(pool[0], [pool[0], pool[1], pool[3]]), (1 + overlap) / 3, 1e-12, 'agreement')
  const scores = [0.5, 0.49, 0.49, 0.51]
  const choice = chooseExpected(pool, scores, 0.03)!
  assert.deepEqual([choice.index, choice.score], [0, 0.5])
  const chances = scores.map((score) => Math.exp(score / 0.03))
  const total = chances.reduce((a, b) => a + b)
  const stability = pool.reduce((sum, other, j) => sum + (chances[j] / total) * dice(pool[0], other), 0)
  near(choice.stability, stability, 1e-9, 'the expected Dice')
  // A small temperature believes the largest score; what may not win still has a say.
  assert.equal(chooseExpected(pool, scores, 1e-3)?.index, 3)
  assert.equal(chooseExpected(pool, scores, 0.03, (look) => look !== pool[0])?.index, 1)
  assert.equal(
    chooseExpected(pool, scores, 0.03, () => false),
    undefined,
  )
  assert.equal(chooseExpected([], [], 0.03), undefined)
})

test('outlines: smooth, along the picture’s edges nearby, or cut', () => {
  // The picture's disc is a little larger than the mask's.
  const [width, height] = [400, 300]
  const data = new Uint8Array(3 * width * height)
  const truth = new Uint8Array(width * height)
  for (let i = 0; i < truth.length; i++) {
    const own = Math.hypot(((i % width) + 0.5) / width - 0.5, (Math.floor(i / width) + 0.5) / height - 0.5) < 0.25
    truth[i] = own ? 255 : 0
    data.fill((own ? 80 : 180) + ((i * 7) % 13), 3 * i, 3 * i + 3)
  }
  const small = draw((x, y) => Math.hypot((x + 0.5) / SIDE - 0.5, (y + 0.5) / SIDE - 0.5) < 0.24)
  const square = { width: SIDE, height: SIDE, data: new Uint8Array(3 * PIXELS) }
  for (let i = 0; i < PIXELS; i++) {
    const [x, y] = at(i)
    const own = Math.hypot((x + 0.5) / SIDE - 0.5, (y + 0.5) / SIDE - 0.5) < 0.25
    square.data.fill(own ? 86 : 186, 3 * i, 3 * i + 3)
  }
  const wrong = (edges: 'none' | 'guided' | 'cut') =>
    finish(small, square, { width, height, data }, edges).filter((v, i) => v !== truth[i]).length
  const [none, guided, cut] = [wrong('none'), wrong('guided'), wrong('cut')]
  assert.ok(cut < 100 && guided < none && none < 0.02 * truth.length, `${none}, ${guided}, ${cut} pixels`)
  assert.ok(!finish(new Uint8Array(PIXELS), square, { width, height, data }, 'cut').includes(255))
})
