/** @file Figures of masks and classes, and simulated clicks. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { classFigures } from '../src/evaluation/classes.ts'
import { type Click, nextClick, numberOfClicks } from '../src/evaluation/clicks.ts'
import { type FigureOptions, type Figures, figures } from '../src/evaluation/figures.ts'
import type { Mask } from '../src/pixels/mask.ts'
import { random } from './support/random.ts'
import { largestDifference, maskOf, references, type Stored } from './support/references.ts'

interface MaskCase {
  name: string
  truth: Stored
  result: Stored
  options: FigureOptions
  expected: Partial<Figures>
}

const CASES = references<MaskCase>('masks')

function disc(width: number, height: number, x: number, y: number, radius: number): Mask {
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    ((i % width) - x) ** 2 + (Math.floor(i / width) - y) ** 2 <= radius ** 2 ? 255 : 0,
  )
  return { width, height, data }
}

const empty = (width: number, height: number): Mask => ({ width, height, data: new Uint8Array(width * height) })

test('figures are MONAI’s by SciPy', () => {
  assert.equal(CASES.length, 14)
  for (const { name, truth, result, options, expected } of CASES) {
    const difference = largestDifference(figures(maskOf(truth), maskOf(result), options), expected)
    assert.ok(difference < 1e-9, `${name}: ${difference}`)
  }
})

test('a mask is equal to itself, whatever value is inside', () => {
  for (const { truth, options } of CASES) {
    const mask = maskOf(truth)
    const { dice, iou, precision, recall, hd95, nsd, volumeDifference } = figures(
      mask,
      { ...mask, data: mask.data.map((v) => v * 7) },
      options,
    )
    assert.deepEqual([dice, iou, precision, recall, nsd, hd95, volumeDifference], [1, 1, 1, 1, 1, 0, 0])
  }
})

test('swapped masks have the same figures, with precision for recall', () => {
  for (const { truth, result, options } of CASES) {
    const [a, b] = [figures(maskOf(truth), maskOf(result), options), figures(maskOf(result), maskOf(truth), options)]
    for (const name of ['dice', 'iou', 'hd95', 'nsd'] as const) assert.equal(a[name], b[name])
    assert.deepEqual([a.precision, a.recall], [b.recall, b.precision])
    assert.deepEqual([a.counts.truth, a.counts.result], [b.counts.result, b.counts.truth])
  }
})

test('moved and turned masks have the same figures', () => {
  const [a, b] = [disc(50, 40, 20, 18, 9), disc(50, 40, 23, 19, 7)]
  const far = figures(disc(90, 80, 50, 58, 9), disc(90, 80, 53, 59, 7))
  assert.deepEqual(figures(a, b), far)
  const turned = ({ width, height, data }: Mask): Mask => ({
    width: height,
    height: width,
    data: data.map((_, i) => data[(i % height) * width + Math.floor(i / height)]),
  })
  assert.deepEqual(figures(turned(a), turned(b), { spacing: [3, 0.5] }), figures(a, b, { spacing: [0.5, 3] }))
})

test('empty masks: equal where both are, the picture’s diagonal where one is', () => {
  const [none, some] = [empty(30, 40), disc(30, 40, 9, 9, 4)]
  const options = { spacing: [2, 2] as const }
  const area = some.data.filter((value) => value !== 0).length
  assert.deepEqual(figures(none, none, options), {
    ...{ dice: 1, iou: 1, precision: 1, recall: 1, hd95: 0, nsd: 1, volumeDifference: 0 },
    counts: { truth: 0, result: 0, both: 0 },
    empty: { truth: true, result: true },
  })
  assert.deepEqual(figures(some, none, options), {
    ...{ dice: 0, iou: 0, precision: 0, recall: 0, hd95: 100, nsd: 0, volumeDifference: -1 },
    counts: { truth: area, result: 0, both: 0 },
    empty: { truth: false, result: true },
  })
  assert.deepEqual(figures(none, some, options), {
    ...{ dice: 0, iou: 0, precision: 0, recall: 0, hd95: 100, nsd: 0, volumeDifference: NaN },
    counts: { truth: 0, result: area, both: 0 },
    empty: { truth: true, result: false },
  })
})

test('masks of two sizes, and options out of range, are refused', () => {
  const mask = disc(8, 8, 4, 4, 2)
  const wrong: [() => unknown, RegExp][] = [
    [() => figures(mask, disc(8, 9, 4, 4, 2)), /result.*8 × 8, got "?8 × 9/],
    [() => figures(mask, undefined as never), /result/],
    [() => figures(mask, mask, { tolerance: -1 }), /tolerance/],
    [() => figures(mask, mask, { spacing: [1, NaN] }), /spacing/],
    [() => figures(mask, mask, { tolerence: 1 } as never), /Did you mean tolerance/],
    [() => classFigures(mask, mask, {}), /names/],
    [() => nextClick(mask, disc(9, 8, 4, 4, 2)), /result/],
    [() => numberOfClicks([], 0.5), /ious/],
    [() => numberOfClicks([1], 2), /quality/],
  ]
  for (const [call, message] of wrong) assert.throws(call, (error: Error) => error instanceof AdzusError && message.test(error.message))
})

test('classes have the figures of their masks; those in neither map are no part of the mean', () => {
  const { int } = random(3)
  const map = () => ({ width: 20, height: 15, data: Uint16Array.from({ length: 300 }, () => int(0, 3) * 100) })
  const [truth, result] = [map(), map()]
  const { classes, mean } = classFigures(truth, result, { 100: 'a', 200: 'b', 300: 'b', 400: 'none' }, { tolerance: 0 })
  const of = ({ width, height, data }: ReturnType<typeof map>, ...values: number[]): Mask => ({
    width,
    height,
    data: Uint8Array.from(data, (value) => (values.includes(value) ? 1 : 0)),
  })
  const [a, b] = [[100], [200, 300]].map((values) => figures(of(truth, ...values), of(result, ...values), { tolerance: 0 }))
  assert.deepEqual(Object.keys(classes), ['a', 'b', 'none'])
  assert.deepEqual([classes['a'], classes['b']], [a, b])
  assert.deepEqual(classes['none'].empty, { truth: true, result: true })
  assert.deepEqual(mean.dice, (a.dice + b.dice) / 2)
  assert.deepEqual(mean.hd95, (a.hd95 + b.hd95) / 2)
  const absent = classFigures(truth, result, { 400: 'none' }).mean
  assert.deepEqual([absent.dice, absent.hd95], [1, 0])
})

test('clicks are where SciPy finds the deepest pixel of the largest error', () => {
  const cases = references<{ truth: Stored; result: Stored; expected: Click }>('clicks')
  assert.ok(cases.some(({ expected }) => expected.positive) && cases.some(({ expected }) => !expected.positive))
  for (const { truth, result, expected } of cases) assert.deepEqual(nextClick(maskOf(truth), maskOf(result)), expected)
})

test('no pixel is clicked twice, and equal masks need no click', () => {
  const truth = disc(9, 9, 4, 4, 1)
  const clicks: Click[] = []
  for (let click = nextClick(truth, empty(9, 9)); click; click = nextClick(truth, empty(9, 9), clicks)) clicks.push(click)
  assert.deepEqual(clicks[0], { x: 4, y: 4, positive: true })
  assert.deepEqual(clicks.map(({ x, y }) => `${x},${y}`).sort(), ['3,4', '4,3', '4,4', '4,5', '5,4'])
  assert.equal(nextClick(truth, truth), undefined)
  // The only error there is, at the picture's corner.
  assert.deepEqual(nextClick(empty(9, 9), disc(9, 9, 0, 0, 0)), { x: 0, y: 0, positive: false })
})

test('the number of clicks is that of the first that reaches the quality, or of all', () => {
  const ious = [0.7, 0.84, 0.85, 0.8, 0.89]
  assert.deepEqual(
    [0.5, 0.85, 0.9].map((quality) => numberOfClicks(ious, quality)),
    [1, 3, 5],
  )
})
