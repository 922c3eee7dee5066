/** @file A mask that was corrected by hand: what follows from it is made anew, what does not hold any more is left out. */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { Adzus, AdzusError, chooseOutputs, encodeImage, objectsOf, type Segmentation, withMask } from '../src/index.ts'
import { disc } from './support/pictures.ts'

const [WIDTH, HEIGHT] = [90, 60]
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())
const result = await adzus.segment({ width: WIDTH, height: HEIGHT, data: disc(WIDTH, HEIGHT) }, { size: 128, objects: 'many' })

/** The left half. */
const half = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 45 ? 255 : 0))

test('segments are foreground as far as they lie in the mask', () => {
  const before = structuredClone({ ...result, segments: result.segments.map((s) => ({ ...s })) })
  const corrected = withMask(result, half)
  assert.deepEqual(corrected.mask, half)
  assert.notEqual(corrected.mask, half, 'the mask is a copy')
  assert.deepEqual(corrected.labels, result.labels)
  for (const [i, segment] of corrected.segments.entries()) {
    const pixels = [...result.labels.keys()].filter((p) => result.labels[p] === segment.id)
    const share = pixels.filter((p) => half[p] === 255).length / pixels.length
    assert.equal(segment.foregroundShare, share)
    assert.equal(segment.foreground, share >= 0.5)
    const { foregroundShare: _, foreground: __, ...own } = segment
    const { foregroundShare: ___, foreground: ____, ...original } = result.segments[i]
    assert.deepEqual(own, original)
  }
  assert.deepEqual({ ...result }, before, 'the result itself stays as it was')
})

test('scores and objects are left out, and a note says so once', () => {
  assert.ok(result.objects)
  const scored: Segmentation = { ...result, scores: { won: 'cut 0.5 1', candidates: 9, stability: 0.5, contrast: 0.5, score: 1 } }
  const corrected = withMask(withMask(scored, half), half)
  assert.ok(!('scores' in corrected) && !('objects' in corrected))
  assert.deepEqual(corrected.notes, [...result.notes, 'the mask was corrected by hand'])
  assert.equal(objectsOf(corrected).count, 1, 'objects are those of the new mask')
})

test('a note that the mask is empty goes with the empty mask', async () => {
  const blank = await adzus.segment({ width: 40, height: 30, data: new Uint8Array(40 * 30 * 3).fill(7) }, { size: 64 })
  assert.match(blank.notes.join(), /nothing stands out: the mask is empty/)
  assert.deepEqual(withMask(blank, new Uint8Array(1200).fill(255)).notes, ['the mask was corrected by hand'])
})

test('a corrected result is saved as any other', async () => {
  const run = { version: '0.1.0', model: { path: 'm', sha256: '0' }, backend: 'cpu', adapter: 'none' } as const
  const inputFile = { bytes: 1, sha256: '0' }
  const { files } = await encodeImage(
    { name: 'photo', input: 'photo.png', inputFile, result: withMask(result, half), run },
    chooseOutputs(['mask', 'json']),
  )
  const record = JSON.parse(new TextDecoder().decode(files.get('photo.json') as Uint8Array))
  assert.equal(record.foregroundShare, 0.5)
  assert.ok(record.notes.includes('the mask was corrected by hand'))
})

test('masks of another size, kind or value are refused', () => {
  const wrong: [unknown, RegExp][] = [
    [half.subarray(1), /options \(mask\): expected 5400 bytes, one for each of 90 × 60 pixels, got "?5399 bytes/],
    [Float32Array.from(half), /options \(mask\).*Float32Array/],
    [[...half], /options \(mask\)/],
    [null, /options \(mask\)/],
    [half.map((v) => v / 255), /options \(mask\): expected 0 and 255 only, got 1/],
  ]
  for (const [mask, message] of wrong)
    assert.throws(
      () => withMask(result, mask as Uint8Array),
      (error) => error instanceof AdzusError && message.test(error.message),
    )
  assert.throws(() => withMask(null as unknown as Segmentation, half), /options \(result\)/)
})
