/**
 * @file Many pictures: batches give what single calls give, errors stay with their picture, no more than a group is looked ahead, and nothing is left behind. The
 * embedded model at a small size.
 */
import assert from 'node:assert/strict'
import { inGroups, type ManyOptions } from '../src/adzus/many.ts'
import type { SegmentOptions } from '../src/adzus/options.ts'
import { AdzusError } from '../src/errors.ts'
import { Adzus, type Pixels, type Segmentation } from '../src/index.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { backends, test } from './support/backends.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { disc, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }

/** Discs of several sizes, with noise, so that no two are alike. */
function pictures(count: number): Pixels[] {
  const rng = random(4)
  return Array.from({ length: count }, (_, i) => {
    const [width, height] = [40 + 7 * i, 50 - 3 * i]
    return { width, height, data: disc(width, height).map((v) => Math.max(0, v - rng.int(0, 60))) }
  })
}

async function collect<T>(results: AsyncIterable<PromiseSettledResult<T>>): Promise<PromiseSettledResult<T>[]> {
  const all: PromiseSettledResult<T>[] = []
  for await (const result of results) all.push(result)
  return all
}

function value<T>(result: PromiseSettledResult<T>): T {
  assert.equal(result.status, 'fulfilled')
  return (result as PromiseFulfilledResult<T>).value
}

const share = (a: Segmentation, b: Segmentation) => a.labels.filter((v, i) => v !== b.labels[i]).length / a.labels.length

for (const { name: kind, open, test, beforeAll, afterAll } of await backends()) {
  const notes: string[] = []
  let backend: Backend
  let adzus: Adzus
  beforeAll(async () => {
    backend = await open()
    adzus = await Adzus.load(await modelWithWords(), { backend, onNote: (text) => notes.push(text) })
  })
  afterAll(async () => {
    await adzus.dispose()
    await backend.dispose()
  })

  test(`a batch gives what single calls give on ${kind}`, async () => {
    const images = pictures(3)
    const cases: SegmentOptions[] = [{}, { foreground: { text: 'a cell' } }, { noise: 5, denoise: 1, tileVae: true, layers: ['mid_block'] }]
    for (const options of cases) {
      const single: Segmentation[] = []
      for (const image of images) single.push(await adzus.segment(image, { ...FAST, ...options }))
      for (const batch of Object.keys(options).length === 0 ? [1, 2] : [2]) {
        const results = await collect(adzus.segmentAll(images, { ...FAST, ...options, batch }))
        assert.equal(results.length, images.length)
        for (const [i, result] of results.entries()) {
          const got = value(result)
          assert.deepEqual([got.width, got.height], [images[i].width, images[i].height])
          assert.ok(
            share(got, single[i]) <= 0.001,
            `${JSON.stringify(options)}, batch ${batch}, picture ${i}: ${share(got, single[i])} differ`,
          )
          assert.deepEqual(Object.keys(got.timings).sort(), Object.keys(single[i].timings).sort())
        }
      }
    }
  })

  test(`after many pictures there is as much memory in use as after the first on ${kind}`, async () => {
    const images = pictures(3)
    await adzus.segment(images[0], FAST)
    const { live } = backend.memory
    const { size } = backend.storages
    for (const batch of [1, 2]) {
      for (const result of await collect(adzus.segmentAll([...images, ...images, ...images], { ...FAST, batch }))) value(result)
      assert.deepEqual([backend.memory.live, backend.storages.size], [live, size])
    }
  })

  test(`what is wrong with a picture stays its own on ${kind}`, async () => {
    const images = pictures(4)
    const { width, height, data } = images[0]
    const png = writePng({ width, height, colour: 'rgb', depth: 8, samples: data })
    const { live } = backend.memory
    const unreadable = async (): Promise<never> => {
      throw new AdzusError({ what: 'image', where: 'c', expected: 'a readable file', got: 'none' })
    }
    const source = [
      { name: 'a.png', read: async () => png },
      { name: 'b.png', read: async () => png.subarray(0, 100) },
      { name: 'c.png', read: unreadable },
      images[1],
      // Has no pixel there: an error of the last stage.
      { width: 8, height: 8, data: disc(8, 8) },
      images[2],
      // Neither has a name nor is a picture: its place is its name.
      new Uint8Array(3),
      'photo.png' as unknown as Uint8Array,
    ]
    const results = await collect(adzus.segmentAll(source, { ...FAST, batch: 3, foreground: { point: [20, 20] } }))
    assert.deepEqual(
      results.map((r) => r.status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected'],
    )
    const reasons = results.flatMap((r) => (r.status === 'rejected' ? [r.reason.message] : []))
    for (const [i, expected] of [
      /b\.png.*broken/,
      /a readable file/,
      /foreground: point/,
      /^image \(picture 7\): expected a PNG/,
      /^image \(picture 8\): expected a file’s bytes .* got "photo\.png"/,
    ].entries())
      assert.match(reasons[i], expected)
    assert.equal(backend.memory.live, live)
    assert.equal(share(value(results[5]), await adzus.segment(images[2], FAST)), 0)
  })

  test(`a batch that does not fit is lowered, with a note, on ${kind}`, async () => {
    // Large enough that activations, not weights, are the largest tensors.
    const options = { ...FAST, size: 128 }
    const [one, six] = [await Adzus.estimate(adzus.model, backend, {}, options), await Adzus.estimate(adzus.model, backend, {}, options, 6)]
    assert.equal(six.largest.bytes, 6 * one.largest.bytes)
    assert.ok(six.peak - six.weights > 4 * (one.peak - one.weights))
    notes.length = 0
    const { maxTensorBytes } = backend
    const limit = (bytes: number) => Object.defineProperty(backend, 'maxTensorBytes', { value: bytes, configurable: true, writable: true })
    // Room for two pictures, not for three.
    limit(2.5 * one.largest.bytes)
    try {
      const results = await collect(adzus.segmentAll(pictures(3), { ...options, batch: 8 }))
      assert.match(notes.join(), /^2 of 8 pictures at once: 3 need .* MiB for /)
      assert.ok(value(results[0]).peakBytes > value(results[2]).peakBytes, 'the last one ran alone')
    } finally {
      limit(maxTensorBytes)
    }
  })

  test(`an abort, or nobody asking any more, leaves the device at rest on ${kind}`, async () => {
    const { live } = backend.memory
    const abort = new AbortController()
    const seen: [string, number][] = []
    const options: ManyOptions = { ...FAST, batch: 2, signal: abort.signal, onProgress: (...at) => seen.push(at) }
    const results: number[] = []
    const run = async () => {
      for await (const _ of adzus.segmentAll(pictures(6), options)) {
        results.push(1)
        abort.abort()
      }
    }
    await assert.rejects(run(), { name: 'AbortError' })
    assert.equal(results.length, 2, 'what was done is still given')
    assert.deepEqual(seen.slice(0, 4), [
      ['text', 0],
      ['vae', 0],
      ['unet', 0],
      ['aggregate', 0],
    ])
    assert.ok(seen.some(([stage, i]) => stage === 'group' && i === 1))
    assert.equal(backend.memory.live, live)
    for await (const result of adzus.segmentAll(pictures(6), { ...FAST, batch: 2 })) {
      value(result)
      break
    }
    assert.equal(backend.memory.live, live)
    await assert.rejects(collect(adzus.segmentAll([], { batch: 0 })), /batch.*from 1 to 64, got 0/)
  })
}

test('while a group is computed the next is prepared, and the one before is the caller’s', async () => {
  const log: string[] = []
  let computing = 0
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const source = async function* () {
    for (let i = 0; i < 7; i++) yield i
  }
  const prepare = async (i: number, index: number) => {
    assert.equal(i, index)
    log.push(`prepare ${i}${computing > 0 ? ' meanwhile' : ''}`)
    if (i === 3) throw new AdzusError({ what: 'image', expected: 'another', got: '3' })
    return i
  }
  const compute = async (group: readonly number[], first: number) => {
    assert.equal(group[0], first)
    assert.equal(computing, 0)
    computing++
    log.push(`compute ${group}`)
    for (let i = 0; i < 20; i++) await turn()
    computing--
    return group.map((value) => ({ status: 'fulfilled' as const, value: 10 * value }))
  }
  const values: (number | string)[] = []
  for await (const result of inGroups(source(), 2, prepare, compute)) {
    values.push(result.status === 'fulfilled' ? result.value : result.reason.failure.got)
    log.push(`result ${values.length - 1}${computing > 0 ? ' meanwhile' : ''}`)
    await turn()
  }
  assert.deepEqual(values, [0, 10, 20, '3', 40, 50, 60])
  assert.deepEqual(log, [
    'prepare 0',
    'prepare 1',
    'compute 0,1',
    'prepare 2 meanwhile',
    'prepare 3 meanwhile',
    'prepare 4 meanwhile',
    'compute 2,4',
    'result 0 meanwhile',
    'result 1 meanwhile',
    'prepare 5 meanwhile',
    'prepare 6 meanwhile',
    'compute 5,6',
    'result 2 meanwhile',
    'result 3 meanwhile',
    'result 4 meanwhile',
    'result 5',
    'result 6',
  ])
})

test('a source that fails ends everything, and so does what is no error of a picture', async () => {
  const source = async function* () {
    yield 1
    throw new Error('no more')
  }
  const compute = async (group: readonly number[]) => group.map((v) => ({ status: 'fulfilled' as const, value: v }))
  const seen: unknown[] = []
  const all = async (work: AsyncIterable<unknown>) => {
    for await (const result of work) seen.push(result)
  }
  await assert.rejects(all(inGroups(source(), 1, async (i) => i, compute)), /no more/)
  assert.equal(seen.length, 1)
  const fault = async () => {
    throw new TypeError('ours')
  }
  await assert.rejects(all(inGroups([1], 1, fault, compute)), /ours/)
})
