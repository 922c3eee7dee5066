/**
 * @file Several instances on one open backend: what fails, loads or ends in one never changes what the others compute, and memory is what it was.
 */
import assert from 'node:assert/strict'
import type { SegmentOptions } from '../src/adzus/options.ts'
import { Adzus, type Files, type Segmentation } from '../src/index.ts'
import { embeddedModel, openDirectory } from '../src/platform/directory.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { backends } from './support/backends.ts'
import { disc } from './support/pictures.ts'

const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const image = { width: 60, height: 40, data: disc(60, 40) }
/** No pixel of the picture: an error of the last stage. */
const FAILING: SegmentOptions = { ...FAST, foreground: { point: [5000, 5] } }

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The embedded model with a VAE that cannot be read to its end. */
async function broken(): Promise<Files> {
  const files = await openDirectory(embeddedModel())
  return {
    root: 'broken',
    list: () => files.list(),
    text: (path) => files.text(path),
    open: async (name) => {
      const source = await files.open(name)
      if (!(name.startsWith('vae/') && name.endsWith('.safetensors'))) return source
      const read = async (offset: number, length: number) => {
        if (offset > source.size / 2) throw new Error('a disk error')
        return source.read(offset, length)
      }
      return { name: source.name, size: source.size, read, close: async () => source.close?.() }
    },
  }
}

for (const { name: kind, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  let one: Adzus
  let two: Adzus
  let right: Segmentation
  beforeAll(async () => {
    backend = await open()
    one = await Adzus.load(undefined, { backend })
    two = await Adzus.load(undefined, { backend })
    right = await two.segment(image, FAST)
  })
  afterAll(async () => {
    await Promise.all([one.dispose(), two.dispose()])
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  })

  const same = ({ labels, mask }: Segmentation) => {
    assert.deepEqual(labels, right.labels)
    assert.deepEqual(mask, right.mask)
  }

  test(`a first call that fails takes nothing along that later ones need on ${kind}`, async () => {
    await assert.rejects(one.segment(image, FAILING), /foreground: point/)
    same(await one.segment(image, FAST))
  })

  test(`a call that fails or is aborted leaves the other instance alone on ${kind}`, async () => {
    const { live } = backend.memory
    for (const delay of [0, 3, 10, 25]) {
      const abort = new AbortController()
      const onProgress = (stage: string) => {
        if (stage === 'group') abort.abort()
      }
      const failing = [
        assert.rejects(one.segment(image, FAILING), /foreground: point/),
        assert.rejects(one.segment(image, { ...FAST, signal: abort.signal, onProgress }), { name: 'AbortError' }),
        assert.rejects(one.attention(image, { ...FAST, heads: [99] }), /heads/),
      ]
      await pause(delay)
      const results = [two.segment(image, FAST), two.segment(image, FAST)]
      await Promise.all(failing)
      for (const result of results) same(await result)
    }
    assert.equal(backend.memory.live, live)
  })

  test(`loading, failing to load and disposing leave the others alone on ${kind}`, async () => {
    const { live } = backend.memory
    const [loaded, third] = await Promise.all([
      Adzus.load(undefined, { backend }),
      Adzus.load(undefined, { backend }),
      assert.rejects(one.segment(image, FAILING)),
      assert.rejects(Adzus.load(await broken(), { backend }), /a disk error/),
      two.segment(image, FAST).then(same),
      assert.rejects(one.segment(image, FAILING)),
    ])
    const [last] = await Promise.all([
      loaded.segment(image, FAST),
      loaded.dispose(),
      two.segment(image, FAST).then(same),
      assert.rejects(third.segment(image, FAILING)),
      third.segment(image, FAST).then(same),
    ])
    same(last)
    await third.dispose()
    assert.equal(backend.memory.live, live)
  })

  test(`groups and calls of the other instance between them do not wait for each other forever on ${kind}`, async () => {
    const { live } = backend.memory
    const lazy = { read: async () => (await two.segment(image, FAST)).image }
    const small = { width: 8, height: 8, data: disc(8, 8) }
    const outcomes: string[] = []
    for await (const result of one.segmentAll([image, lazy, small, image], { ...FAST, batch: 2, foreground: { point: [30, 20] } })) {
      outcomes.push(result.status)
      if (result.status === 'fulfilled') assert.deepEqual(result.value.labels, right.labels)
      same(await two.segment(image, FAST))
      same(await one.segment(image, FAST))
    }
    assert.deepEqual(outcomes, ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    assert.equal(backend.memory.live, live)
  })
}
