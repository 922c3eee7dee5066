/** @file Masks and regions of pictures: filters, watersheds, objects, superpixels and tidying. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { AdzusError } from '../src/errors.ts'
import { boxMean } from '../src/pixels/box.ts'
import { components } from '../src/pixels/components.ts'
import { applyGuided, guidedCoefficients, guidedFilter } from '../src/pixels/guided-filter.ts'
import type { Mask } from '../src/pixels/mask.ts'
import { mergeRegions } from '../src/pixels/merge-regions.ts'
import { clearBorder, close, fillHoles, open, removeSmall } from '../src/pixels/morphology.ts'
import type { Picture } from '../src/pixels/picture.ts'
import { awayFromBorder } from '../src/pixels/polarity.ts'
import { shrink } from '../src/pixels/shrink.ts'
import { slic } from '../src/pixels/slic.ts'
import { splitTouching } from '../src/pixels/split-touching.ts'
import { fractions, upsampleMask } from '../src/pixels/upsample-mask.ts'
import { watershed } from '../src/pixels/watershed.ts'
import { random } from './support/random.ts'
import { labelMap, maskOf, pictureOf, references, type Stored, type StoredRgb } from './support/references.ts'

const FILE = 'pixels/pixels.json'

const places = (width: number, height: number) =>
  Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width)] as const)

/** Discs [x, y, radius] of 255. */
function discs(width: number, height: number, ...all: (readonly [number, number, number])[]): Mask {
  const inside = (x: number, y: number) => all.some(([u, v, r]) => Math.hypot(x - u, y - v) <= r)
  return { width, height, data: Uint8Array.from(places(width, height), ([x, y]) => (inside(x, y) ? 255 : 0)) }
}

/** A picture of two colours, by a mask. */
const painted = ({ width, height, data }: Mask, noise = 0): Picture => {
  const { next } = random(1)
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * data.length }, (_, i) => (data[Math.floor(i / 3)] ? 160 : 80) + noise * next()),
  }
}

test('means of windows are those of loops, at the border as well', () => {
  const [width, height] = [7, 5]
  const values = random(6).floats(35)
  for (const radius of [0, 1, 2, 6, 9]) {
    const means = boxMean(values, width, height, radius)
    for (const [x, y] of places(width, height)) {
      const near = places(width, height).filter(([u, v]) => Math.abs(u - x) <= radius && Math.abs(v - y) <= radius)
      const expected = near.reduce((sum, [u, v]) => sum + values[v * width + u], 0) / near.length
      assert.ok(Math.abs(means[y * width + x] - expected) < 1e-6)
    }
  }
})

test('the guided filter returns a linear function of its guide, and smooths without an edge', () => {
  const { int } = random(9)
  const guide = { width: 20, height: 16, data: Uint8Array.from({ length: 960 }, () => int(0, 255)) }
  const linear = Float32Array.from(
    { length: 320 },
    (_, i) => (guide.data[i * 3] - 2 * guide.data[i * 3 + 1] + guide.data[i * 3 + 2]) / 255 + 0.3,
  )
  const same = guidedFilter(guide, linear, { radius: 3, epsilon: 1e-9 })
  for (let i = 0; i < 320; i++) assert.ok(Math.abs(same[i] - linear[i]) < 1e-3)
  const flat = { ...guide, data: new Uint8Array(960).fill(100) }
  const smooth = guidedFilter(flat, linear, { radius: 3 })
  const twice = boxMean(boxMean(linear, 20, 16, 3), 20, 16, 3)
  for (let i = 0; i < 320; i++) assert.ok(Math.abs(smooth[i] - twice[i]) < 1e-4)
  assert.throws(() => guidedFilter(guide, [1, 2]), AdzusError)
})

test('a small mask taken to the full size follows the picture’s edge, not blocks', () => {
  const truth = discs(400, 300, [200, 150, 100])
  const picture = painted(truth, 10)
  const small = shrink(picture, 50)
  const coarse = discs(50, 38, [24.5, 18.5, 12])
  const { iou } = overlap(upsampleMask(fractions(coarse.data), small, picture), truth.data)
  assert.ok(iou > 0.985, `IoU ${iou}`)
  // What is left out far from the outline is what the filter gives everywhere.
  const soft = applyGuided(guidedCoefficients(small, fractions(coarse.data), { radius: 2, epsilon: 1e-4 }), picture)
  assert.deepEqual(
    upsampleMask(fractions(coarse.data), small, picture),
    Uint8Array.from(soft, (value) => (value > 0.5 ? 255 : 0)),
  )
  // In blocks of 8 × 8 pixels it would be this far away.
  const blocks = Uint8Array.from(places(400, 300), ([x, y]) => coarse.data[Math.min(37, Math.floor(y / 8)) * 50 + Math.floor(x / 8)])
  assert.ok(overlap(blocks, truth.data).iou < 0.97)
})

test('pictures are shrunk as OpenCV does it', () => {
  const [{ picture, most, expected }] = references<{ picture: StoredRgb; most: number; expected: StoredRgb }>('shrunk', FILE)
  const small = shrink(pictureOf(picture), most)
  const reference = pictureOf(expected)
  assert.deepEqual([small.width, small.height], [reference.width, reference.height])
  for (const [i, value] of small.data.entries()) assert.ok(Math.abs(value - reference.data[i]) <= 1)
  assert.equal(shrink(small, 20), small)
})

test('watersheds are scikit-image’s', () => {
  const cases = references<{ heights: number[]; markers: Stored; mask: Stored; expected: Stored }>('watersheds', FILE)
  for (const { heights, markers, mask, expected } of cases) {
    const { width, height, data } = labelMap(markers)
    assert.deepEqual(watershed({ width, height, heights }, data, maskOf(mask).data), labelMap(expected).data)
  }
})

test('discs that touch are parted where they are narrow', () => {
  const two = splitTouching(discs(90, 60, [30, 30, 18], [60, 30, 16]))
  assert.equal(two.count, 2)
  assert.equal(two.labels[30 * 90 + 25], 1)
  assert.equal(two.labels[30 * 90 + 66], 2)
  // The line between them lies where they meet.
  const line = two.labels.subarray(30 * 90, 31 * 90).indexOf(2)
  assert.ok(Math.abs(line - 46) <= 1, `${line}`)
  assert.equal(splitTouching(discs(90, 60, [40, 30, 18], [46, 30, 18])).count, 1)
  assert.equal(splitTouching(discs(90, 60, [20, 20, 12], [41, 20, 12], [41, 41, 12])).count, 3)
})

test('every part is an object, and its pixels are all taken', () => {
  const { chance } = random(4)
  const mask = { width: 40, height: 30, data: Uint8Array.from({ length: 1200 }, () => (chance(0.55) ? 1 : 0)) }
  const { labels, count } = splitTouching(mask)
  assert.equal(Math.max(...labels), count)
  for (let i = 0; i < labels.length; i++) assert.equal(labels[i] > 0, mask.data[i] > 0)
  // With necks of no width nothing is parted.
  assert.equal(splitTouching(mask, { neck: 0 }).count, components(mask, 8).count)
  assert.equal(splitTouching({ width: 3, height: 2, data: new Uint8Array(6) }).count, 0)
  assert.deepEqual([...splitTouching({ width: 3, height: 2, data: new Uint8Array(6).fill(255) }).labels], [1, 1, 1, 1, 1, 1])
})

test('tidied masks are SciPy’s and scikit-image’s', () => {
  const cases = references<Record<'mask' | 'open' | 'close' | 'fillHoles' | 'removeSmall' | 'clearBorder', Stored>>('tidied', FILE)
  assert.equal(cases.length, 2)
  for (const stored of cases) {
    const mask = maskOf(stored.mask)
    const results = { open: open(mask, 2), close: close(mask, 2), fillHoles: fillHoles(mask), removeSmall: removeSmall(mask, 12) }
    for (const [name, result] of Object.entries({ ...results, clearBorder: clearBorder(mask) })) {
      const expected = maskOf(stored[name as keyof typeof stored])
      assert.deepEqual(
        result.data.map((v) => (v ? 1 : 0)),
        expected.data,
        name,
      )
    }
  }
})

test('superpixels are connected, of about the size asked for, and stop at edges', () => {
  const truth = discs(96, 80, [48, 40, 25])
  const { labels, count } = slic(painted(truth, 10), { segments: 60 })
  assert.ok(count > 40 && count < 90, `${count}`)
  for (let k = 0; k < count; k++) {
    const part = { width: 96, height: 80, data: Uint8Array.from(labels, (label) => (label === k ? 1 : 0)) }
    assert.equal(components(part, 4).count, 1)
    const inside = part.data.filter((v, i) => v && truth.data[i]).length
    const area = part.data.filter((v) => v).length
    assert.ok(Math.min(inside, area - inside) <= 0.05 * area, `superpixel ${k}: ${inside} of ${area} inside`)
  }
})

test('regions merged to two are the object and the rest', () => {
  const truth = discs(96, 80, [48, 40, 25])
  const picture = painted(truth, 10)
  const regions = mergeRegions(picture, slic(picture, { segments: 60 }), 2)
  assert.ok(overlap(awayFromBorder(regions, 96, 80), truth.data).iou > 0.97)
})

test('of two sides the object is the one that holds less of the border', () => {
  const truth = discs(30, 20, [15, 10, 6])
  const inverse = truth.data.map((v) => 255 - v)
  assert.deepEqual(awayFromBorder(truth.data, 30, 20), truth.data)
  assert.deepEqual(awayFromBorder(inverse, 30, 20), truth.data)
})
