/**
 * @file A map in bands must give what the map in one piece gives: a backend that claims a small largest tensor cuts the aggregated map of the embedded
 * model (1024 × 1024, 4 MiB) into two bands. Sums over bands are other f32 sums, so labels may differ where two proposals tie: 0.1 % of the pixels at most.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { BandedMap } from '../src/attention/banded-map.ts'
import { Adzus, type SegmentOptions } from '../src/index.ts'
import { backends } from './support/backends.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { differing } from './support/golden-compare.ts'

const SMALL = 3 * 2 ** 20
const CASES: [string, SegmentOptions][] = [
  ['square', { thresholds: [0.2, 0.2, 0.2] }],
  ['refined, not square', { refine: true, size: [320, 256], thresholds: [0.2, 0.2, 0.2] }],
  ['words', { foreground: { text: 'cell' }, thresholds: [0.2, 0.2, 0.2] }],
]

const picture = await readFile('data/bccd/images/BloodImage_00163.jpg')

for (const { name: kind, open, test } of await backends())
  test(`bands give the labels of the whole map on ${kind}`, async () => {
    const whole = await open()
    const banded = await open()
    Object.defineProperty(banded, 'maxTensorBytes', { value: SMALL })
    const base = BandedMap.zeros(banded, { h: 32, w: 32 }, 1024, 'test')
    assert.equal(base.bands.length, 2)
    base.dispose()
    const expected = await Adzus.load(await modelWithWords(), { backend: whole })
    const got = await Adzus.load(await modelWithWords(), { backend: banded })
    for (const [name, options] of CASES) {
      const a = await expected.segment(picture, options)
      const b = await got.segment(picture, options)
      assert.ok(a.segments.length > 1, `${name}: one segment would prove nothing`)
      assert.ok(differing(b.labels, a.labels) <= 1e-3, name)
    }
    await expected.dispose()
    await got.dispose()
    await whole.dispose()
    await banded.dispose()
  })
