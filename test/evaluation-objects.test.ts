/** @file Figures of many objects, and what oracles choose. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { type CocoPrecision, cocoPrecision } from '../src/evaluation/coco.ts'
import { figures } from '../src/evaluation/figures.ts'
import { type InstanceFigures, instanceFigures } from '../src/evaluation/instances.ts'
import { bestSubset, betterPolarity, hungarianTwoClass, ORACLES } from '../src/evaluation/oracles.ts'
import type { LabelMap } from '../src/pixels/label-map.ts'
import type { Mask } from '../src/pixels/mask.ts'
import { random } from './support/random.ts'
import { labelMap, largestDifference, references, type Stored } from './support/references.ts'

const INSTANCES = references<{ truth: Stored; result: Stored; expected: InstanceFigures }>('instances')

interface CocoCase {
  pictures: { truth: Stored; result: Stored; scores: number[] }[]
  expected: CocoPrecision
}

const row = (...data: number[]): LabelMap => ({ width: data.length, height: 1, data })

test('objects without scores have StarDist’s accuracy and Kumar’s aggregated Jaccard index', () => {
  assert.equal(INSTANCES.length, 4)
  for (const { truth, result, expected } of INSTANCES) {
    const found = instanceFigures(labelMap(truth), labelMap(result))
    assert.equal(found.objectPrecision.length, 10)
    assert.ok(largestDifference(found, expected) < 1e-9)
  }
})

test('labels need no order and no lack of gaps', () => {
  for (const { truth, result } of INSTANCES) {
    const [a, b] = [labelMap(truth), labelMap(result)]
    const renamed = { ...b, data: Float64Array.from(b.data, (label) => label && 1e9 - 1000 * label) }
    assert.deepEqual(instanceFigures(a, renamed), instanceFigures(a, b))
  }
})

test('objects that are equal, in neither map, and in one of them', () => {
  const [some, none] = [row(0, 5, 5, 0, 9), row(0, 0, 0, 0, 0)]
  assert.deepEqual(instanceFigures(some, some), { counts: { truth: 2, result: 2 }, objectPrecision: Array(10).fill(1), aji: 1 })
  assert.deepEqual(instanceFigures(none, none), { counts: { truth: 0, result: 0 }, objectPrecision: Array(10).fill(1), aji: 1 })
  assert.deepEqual(instanceFigures(none, some), { counts: { truth: 0, result: 2 }, objectPrecision: Array(10).fill(0), aji: 0 })
  assert.deepEqual(instanceFigures(some, none), { counts: { truth: 2, result: 0 }, objectPrecision: Array(10).fill(0), aji: 0 })
})

test('pairs are one to one, where two objects reach the level with one', () => {
  const [halves, whole] = [row(1, 1, 2, 2, 0), row(7, 7, 7, 7, 0)]
  assert.equal(instanceFigures(halves, whole).objectPrecision[0], 1 / 2)
  assert.equal(instanceFigures(whole, halves).objectPrecision[0], 1 / 2)
})

test('an IoU of a level reaches it', () => {
  // Seven of ten pixels: 0.7, which 0.5 + 4 · 0.05 is not.
  const { objectPrecision } = instanceFigures(row(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), row(3, 3, 3, 3, 3, 3, 3, 0, 0, 0))
  assert.deepEqual(objectPrecision, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
})

test('two true objects may take one object for the aggregated Jaccard index', () => {
  // Each half shares 2 of 4 pixels: intersections 2 + 2, unions 4 + 4.
  assert.equal(instanceFigures(row(1, 1, 2, 2, 0), row(7, 7, 7, 7, 0)).aji, 0.5)
  // One that nobody took counts as surplus: union 4 + 4 + 1.
  assert.equal(instanceFigures(row(1, 1, 2, 2, 0), row(7, 7, 7, 7, 8)).aji, 4 / 9)
})

test('objects with scores have the average precision of pycocotools', () => {
  const cases = references<CocoCase>('coco')
  assert.ok(cases.some(({ pictures }) => pictures.some(({ scores }) => scores.length > 100)))
  for (const { pictures, expected } of cases) {
    const maps = pictures.map(({ truth, result, scores }) => ({ truth: labelMap(truth), result: labelMap(result), scores }))
    const found = cocoPrecision(maps)
    assert.equal(found.at.length, 10)
    assert.ok(largestDifference(found, expected) < 1e-9)
  }
})

test('more than a hundred objects a picture count on request', () => {
  const [{ pictures }] = references<CocoCase>('coco').filter(({ pictures }) => pictures[0].scores.length > 100)
  const maps = pictures.map(({ truth, result, scores }) => ({ truth: labelMap(truth), result: labelMap(result), scores }))
  assert.ok(cocoPrecision(maps, { most: Infinity }).all > cocoPrecision(maps).all)
})

test('without a true object COCO’s figure is not defined; without a found one it is 0', () => {
  const [some, none] = [row(1, 1), row(0, 0)]
  assert.ok(Number.isNaN(cocoPrecision([{ truth: none, result: some, scores: [1] }]).all))
  assert.equal(cocoPrecision([{ truth: some, result: none, scores: [] }]).all, 0)
})

test('maps of two sizes, labels that are no numbers of objects, and missing scores are refused', () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => instanceFigures(row(1), row(1, 1)), /result/],
    [() => instanceFigures(row(1), row(0.5)), /labels/],
    [() => instanceFigures(row(-1), row(1)), /labels/],
    [() => cocoPrecision([{ truth: row(1, 2), result: row(1, 2), scores: [1] }]), /scores.*object 2/],
    [() => cocoPrecision([], { most: 0 }), /most/],
  ]
  for (const [call, message] of wrong) assert.throws(call, (error: Error) => error instanceof AdzusError && message.test(error.message))
})

// Oracles

const dice = (truth: Mask, result: Mask) => figures(truth, result).dice

function scene(seed: number, count: number): { truth: Mask; segments: LabelMap } {
  const { chance, next } = random(seed)
  const likely = Array.from({ length: count }, () => next())
  // Segments of very different sizes.
  const data = Array.from({ length: 400 }, () => Math.floor(next() ** 3 * count))
  return {
    truth: { width: 20, height: 20, data: Uint8Array.from(data, (label) => (chance(likely[label]) ? 255 : 0)) },
    segments: { width: 20, height: 20, data },
  }
}

const union = ({ width, height, data }: LabelMap, inside: (label: number) => boolean): Mask => ({
  width,
  height,
  data: Uint8Array.from(data, (label) => (inside(label) ? 255 : 0)),
})

test('the best subset is the best of all unions', () => {
  for (let seed = 0; seed < 12; seed++) {
    const { truth, segments } = scene(seed, 7)
    const all = Array.from({ length: 2 ** 7 }, (_, set) =>
      dice(
        truth,
        union(segments, (label) => ((set >> label) & 1) === 1),
      ),
    )
    assert.equal(dice(truth, bestSubset(truth, segments)), Math.max(...all))
  }
})

test('the two-class assignment gets the most pixels right of all pairs', () => {
  for (let seed = 0; seed < 12; seed++) {
    const { truth, segments } = scene(seed, 5)
    const right = (inside: number, outside: number) =>
      truth.data.filter((value, i) => (value ? segments.data[i] === inside : segments.data[i] === outside)).length
    const pairs = Array.from({ length: 25 }, (_, i) => [i % 5, Math.floor(i / 5)]).filter(([inside, outside]) => inside !== outside)
    const most = (list: number[][]) => Math.max(...list.map(([inside, outside]) => right(inside, outside)))
    const mask = hungarianTwoClass(truth, segments)
    const taken = segments.data[mask.data.indexOf(255)]
    assert.deepEqual(
      mask,
      union(segments, (label) => label === taken),
    )
    assert.equal(most(pairs.filter(([inside]) => inside === taken)), most(pairs))
  }
})

test('a single segment is inside where the truth covers more than half', () => {
  const segments = row(4, 4, 4)
  const truth = (...data: number[]): Mask => ({ width: 3, height: 1, data: Uint8Array.from(data) })
  assert.deepEqual([...hungarianTwoClass(truth(1, 1, 0), segments).data], [255, 255, 255])
  assert.deepEqual([...hungarianTwoClass(truth(1, 0, 0), segments).data], [0, 0, 0])
})

test('the better polarity is the mask or its complement', () => {
  const { truth } = scene(1, 3)
  const turned = { ...truth, data: truth.data.map((value) => (value ? 0 : 1)) }
  assert.deepEqual(betterPolarity(truth, turned), truth)
  assert.deepEqual(betterPolarity(truth, truth), truth)
})

test('an empty truth is best met by nothing', () => {
  const { segments } = scene(2, 4)
  const truth = union(segments, () => false)
  assert.deepEqual(bestSubset(truth, segments), truth)
})

test('oracles are listed, and each makes a mask', () => {
  const { truth, segments } = scene(4, 4)
  assert.deepEqual(
    ORACLES.map(({ name }) => name),
    ['polarity', 'hungarian', 'subset'],
  )
  const mask = union(segments, (label) => label === 1)
  for (const oracle of ORACLES) assert.equal(oracle.mask(truth, { mask, segments }).data.length, 400)
})
