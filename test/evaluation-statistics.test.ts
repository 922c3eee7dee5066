/** @file Intervals by the bootstrap. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import {
  type BootstrapOptions,
  bootstrap,
  bootstrapOfSets,
  type Interval,
  type PairedInterval,
  pairedBootstrap,
} from '../src/evaluation/statistics.ts'
import { quantile } from '../src/pixels/quantile.ts'
import { random } from './support/random.ts'
import { largestDifference, references } from './support/references.ts'

interface IntervalCase {
  a: number[]
  b: number[]
  options: BootstrapOptions
  one: Interval
  paired: PairedInterval
}

test('intervals are NumPy’s percentiles over the same draws, by values and by groups', () => {
  const cases = references<IntervalCase>('intervals')
  assert.ok(cases.some(({ options }) => options.groups))
  for (const { a, b, options, one, paired } of cases) {
    assert.ok(largestDifference(bootstrap(a, options), one) < 1e-9)
    assert.ok(largestDifference(pairedBootstrap(a, b, options), paired) < 1e-9)
  }
})

test('the interval of a share is that of the binomial distribution', () => {
  // Of 20 draws with probability ½, 6 to 14 are the middle 95 %.
  const { low, high, mean, median } = bootstrap(Array.from({ length: 20 }, (_, i) => i % 2))
  assert.deepEqual([low, high, mean, median], [6 / 20, 14 / 20, 0.5, 0.5])
})

test('a seed repeats its interval; another draws otherwise', () => {
  const values = [...random(1).floats(40)]
  assert.deepEqual(bootstrap(values, { seed: 9 }), bootstrap(values, { seed: 9 }))
  assert.notEqual(bootstrap(values, { seed: 9 }).low, bootstrap(values, { seed: 8 }).low)
})

test('values of one group are drawn together: copies of an image narrow nothing', () => {
  const values = [...random(2).floats(15)]
  const copies = values.flatMap((value) => [value, value, value, value])
  const groups = values.flatMap((_, i) => Array(4).fill(`patient ${i}`))
  const [apart, together] = [bootstrap(copies), bootstrap(copies, { groups })]
  const { low, high } = bootstrap(values)
  assert.ok(Math.abs(together.low - low) < 1e-12 && Math.abs(together.high - high) < 1e-12)
  assert.ok(apart.high - apart.low < 0.7 * (high - low))
})

test('differences are paired: a constant one has an interval without width', () => {
  const b = [...random(3).floats(30)]
  const { difference, low, high, share, n } = pairedBootstrap(
    b.map((value) => value + 0.25),
    b,
  )
  assert.ok([difference, low, high].every((value) => Math.abs(value - 0.25) < 1e-12))
  assert.deepEqual([share, n], [1, 30])
  assert.equal(pairedBootstrap(b, b).share, 0.5)
})

test('swapped methods have the opposite difference', () => {
  const { floats } = random(4)
  const [a, b] = [[...floats(25)], [...floats(25)]]
  const [one, other] = [pairedBootstrap(a, b), pairedBootstrap(b, a)]
  assert.ok(
    largestDifference([one.difference, one.low, one.high, one.share], [-other.difference, -other.high, -other.low, 1 - other.share]) <
      1e-12,
  )
})

test('without values nothing is defined; a single one has no width', () => {
  assert.deepEqual(bootstrap([]), { n: 0, mean: NaN, median: NaN, low: NaN, high: NaN })
  assert.deepEqual(pairedBootstrap([], []), { n: 0, difference: NaN, low: NaN, high: NaN, share: NaN })
  assert.deepEqual(bootstrap([0.5]), { n: 1, mean: 0.5, median: 0.5, low: 0.5, high: 0.5 })
})

test('quantiles lie between the two nearest ranks', () => {
  assert.deepEqual(
    [0, 0.25, 0.5, 0.95, 1].map((share) => quantile([0, 10, 20], share)),
    [0, 5, 10, 19, 20],
  )
  assert.ok(Number.isNaN(quantile([], 0.5)))
})

test('values that are not finite, and options out of range, are refused', () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => bootstrap([1, NaN]), /values/],
    [() => pairedBootstrap([1, 2], [1]), /\(b\)/],
    [() => bootstrap([1, 2], { groups: ['a'] }), /groups/],
    [() => bootstrap([1], { resamples: 0 }), /resamples/],
    [() => bootstrap([1], { seed: -1 }), /seed/],
    [() => bootstrap([1], { level: 95 }), /level/],
    [() => bootstrap([1], { samples: 3 } as never), /options/],
  ]
  for (const [call, message] of wrong) assert.throws(call, (error: Error) => error instanceof AdzusError && message.test(error.message))
})

test('the mean of sets weighs every set alike, and draws within each', () => {
  const sets = [{ values: [1, 1, 1, 1] }, { values: [0, 0.5] }, { values: [] }]
  const { n, mean, median, low, high } = bootstrapOfSets(sets)
  assert.deepEqual([n, mean, median], [2, 0.625, 0.625])
  // The second set's mean is 0, 1/4 or 1/2, each end in a quarter of the draws.
  assert.deepEqual([low, high], [0.5, 0.75])
  assert.deepEqual(bootstrapOfSets(sets), bootstrapOfSets(sets))
  assert.ok(Number.isNaN(bootstrapOfSets([]).mean))
  const alike = bootstrapOfSets([{ values: [0, 1, 0, 1], groups: ['a', 'a', 'b', 'b'] }])
  assert.deepEqual([alike.low, alike.high], [0.5, 0.5])
})
