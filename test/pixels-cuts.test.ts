/** @file Colours, clusters and cuts of pictures, beside scikit-image's and OpenCV's. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { AdzusError } from '../src/errors.ts'
import { costOf, firstComponents, fitMixture } from '../src/pixels/gaussians.ts'
import { grabCut } from '../src/pixels/grab-cut.ts'
import { grabCutLevels } from '../src/pixels/grab-cut-levels.ts'
import { kMeans } from '../src/pixels/k-means.ts'
import { rgbToLab } from '../src/pixels/lab.ts'
import { otsu, otsu8 } from '../src/pixels/otsu.ts'
import type { Picture } from '../src/pixels/picture.ts'
import { INSIDE, MAYBE_INSIDE, MAYBE_OUTSIDE, OUTSIDE, trimapOf } from '../src/pixels/trimap.ts'
import { random } from './support/random.ts'
import { maskOf, pictureOf, references, type Stored, type StoredRgb } from './support/references.ts'

const FILE = 'pixels/pixels.json'

test('Lab is scikit-image’s', () => {
  const [{ rgb, lab }] = references<{ rgb: number[]; lab: number[] }>('colours', FILE)
  const actual = rgbToLab(Uint8Array.from(rgb))
  assert.equal(actual.length, 192)
  for (const [i, expected] of lab.entries()) assert.ok(Math.abs(actual[i] - expected) < 1e-4, `${actual[i]} is not ${expected}`)
})

test('Otsu’s cut of a histogram is that of the numbers', () => {
  const { int } = random(5)
  for (let round = 0; round < 20; round++) {
    const most = int(1, 255)
    const values = Uint8Array.from({ length: 200 }, () => int(0, most))
    assert.equal(otsu8(values), otsu(values))
  }
  assert.ok(Number.isNaN(otsu8(new Uint8Array(9))))
})

test('k-means finds groups that lie apart, the same ones every time', () => {
  const { next } = random(2)
  const middles = [0, 10, 30]
  const points = Float32Array.from({ length: 600 }, (_, i) => middles[Math.floor(i / 2) % 3] + next())
  const { centres, labels } = kMeans(points, 2, 3)
  const found = [centres[0], centres[2], centres[4]].sort((a, b) => a - b)
  for (const [i, middle] of middles.entries()) assert.ok(Math.abs(found[i] - middle - 0.5) < 0.1)
  for (let i = 3; i < labels.length; i++) assert.equal(labels[i], labels[i - 3])
  assert.deepEqual(kMeans(points, 2, 3), { centres, labels })
  // Fewer points than clusters.
  assert.deepEqual([...kMeans([4, 4, 4], 1, 2).labels], [0, 0, 0])
  assert.throws(() => kMeans([], 3, 2), AdzusError)
})

test('a mixture of one Gaussian is the normal distribution of its pixels', () => {
  // Variances 4, 1, 9 without covariance: the corners of a box.
  const colours = Float32Array.from(
    { length: 24 },
    (_, i) => [8, 5, 7][i % 3] + [2, 1, 3][i % 3] * ((Math.floor(i / 3) >> (i % 3)) & 1 ? 1 : -1),
  )
  const pixels = Int32Array.from({ length: 8 }, (_, i) => i)
  const mixture = fitMixture(colours, pixels, new Uint8Array(8), 1)
  const expected = (x: number, y: number, z: number) => 0.5 * Math.log(36) + 0.5 * ((x - 8) ** 2 / 4 + (y - 5) ** 2 + (z - 7) ** 2 / 9)
  for (const [x, y, z] of [
    [8, 5, 7],
    [10, 3, 0],
    [255, 255, 255],
  ])
    assert.ok(Math.abs(costOf(mixture, x, y, z) - expected(x, y, z)) < 1e-9 * expected(x, y, z) + 1e-9)
})

test('one colour has a finite price everywhere', () => {
  const colours = new Uint8Array(30).fill(9)
  const pixels = Int32Array.from({ length: 10 }, (_, i) => i)
  const mixture = fitMixture(colours, pixels, firstComponents(colours, pixels, 5, 0), 5)
  assert.ok(Number.isFinite(costOf(mixture, 9, 9, 9)) && Number.isFinite(costOf(mixture, 255, 0, 255)))
})

test('GrabCut is OpenCV’s, whose k-means starts from other random numbers', () => {
  const cases = references<{ name: string; picture: StoredRgb; trimap: Stored; expected: Record<string, Stored> }>('grabCuts', FILE)
  assert.equal(cases.length, 3)
  for (const { name, picture, trimap, expected } of cases)
    for (const [rounds, stored] of Object.entries(expected)) {
      const mask = grabCut(pictureOf(picture), maskOf(trimap).data, { rounds: Number(rounds) })
      const { iou } = overlap(mask, maskOf(stored).data)
      assert.ok(iou > 0.97, `${name}, ${rounds} rounds: IoU ${iou}`)
      assert.deepEqual(grabCut(pictureOf(picture), maskOf(trimap).data, { rounds: Number(rounds) }), mask)
    }
})

/** A disc of another colour in the middle, with noise. */
function discPicture(side: number): { picture: Picture; truth: Uint8Array } {
  const { next } = random(8)
  const truth = Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2) < side / 4 ? 255 : 0,
  )
  const data = Uint8Array.from({ length: 3 * truth.length }, (_, i) => (truth[Math.floor(i / 3)] ? 130 : 100) + 40 * next())
  return { picture: { width: side, height: side, data }, truth }
}

/** A guess of the disc that is too small and to the left. */
const guess = (side: number) =>
  Float32Array.from({ length: side * side }, (_, i) =>
    Math.max(0, 1 - Math.hypot((i % side) - side / 2.3, Math.floor(i / side) - side / 2) / (side / 2)),
  )

test('cuts from coarse to fine follow the edge at the full size', () => {
  const { picture, truth } = discPicture(300)
  const mask = grabCutLevels(picture, trimapOf(guess(300), 0.6), { coarse: 64 })
  const { iou } = overlap(mask, truth)
  assert.ok(iou > 0.99, `IoU ${iou}`)
  // Up to the coarse size it is the cut of everything.
  const { picture: small } = discPicture(60)
  const trimap = trimapOf(guess(60), 0.6)
  assert.deepEqual(grabCutLevels(small, trimap), grabCut(small, trimap))
})

test('what is sure stays, and a trimap without one side is no cut', () => {
  const { picture } = discPicture(40)
  const trimap = trimapOf(guess(40), 0.6)
  trimap[0] = INSIDE
  trimap[20 * 40 + 20] = OUTSIDE
  for (const mask of [grabCut(picture, trimap), grabCutLevels(picture, trimap, { coarse: 10 })])
    for (const [i, known] of trimap.entries()) {
      if (known === INSIDE) assert.equal(mask[i], 255)
      if (known === OUTSIDE) assert.equal(mask[i], 0)
    }
  assert.ok(grabCut(picture, new Uint8Array(1600).fill(MAYBE_INSIDE)).every((v) => v === 255))
  assert.ok(grabCut(picture, new Uint8Array(1600).fill(MAYBE_OUTSIDE)).every((v) => v === 0))
  const known = Uint8Array.from({ length: 1600 }, (_, i) => (i % 3 === 0 ? INSIDE : OUTSIDE))
  assert.deepEqual(
    grabCut(picture, known),
    known.map((v) => 255 * v),
  )
  assert.throws(() => grabCut(picture, new Uint8Array(9)), AdzusError)
})

test('a trimap knows the ends of the range', () => {
  assert.deepEqual([...trimapOf([0, 0.3, 0.4, 0.7, 0.9, 1], 0.6)], [OUTSIDE, MAYBE_OUTSIDE, MAYBE_OUTSIDE, MAYBE_INSIDE, INSIDE, INSIDE])
})
