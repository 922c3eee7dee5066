/**
 * @file What a view tells of the way through the networks and the merging: the picture that went
 * in, the schedule's shares, the weights of resolutions and the proposals.
 */
import assert from 'node:assert/strict'
import { resize } from '../src/image/resize.ts'
import { Adzus, type SegmentOptions } from '../src/index.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { backends } from './support/backends.ts'
import { disc } from './support/pictures.ts'

const PICTURE = { width: 90, height: 60, data: disc(90, 60) }
const OPTIONS: SegmentOptions = { size: [128, 96], timesteps: [300], layers: null }

for (const { name, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  let adzus: Adzus
  beforeAll(async () => {
    backend = await open()
    adzus = await Adzus.load(undefined, { backend })
  })
  afterAll(async () => {
    await adzus.dispose()
    await backend.dispose()
  })

  test(`what went in is the picture at the network's size on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    assert.deepEqual(view.input, { width: 128, height: 96, data: resize(PICTURE, 128, 96).data })
    await view.dispose()
  })

  test(`a noisy latent has the schedule's shares of signal and noise on ${name}`, async () => {
    const view = await adzus.look(PICTURE, { ...OPTIONS, noise: 7 })
    const { signal, noise } = view.noiseShares(300)
    assert.ok(Math.abs(signal ** 2 + noise ** 2 - 1) < 1e-6)
    const [clean, noisy] = [await view.latent(), await view.latent(300)]
    // What is left without the signal is noise of variance 1.
    const rest = noisy.values.map((value, i) => (value - signal * clean.values[i]) / noise)
    const square = rest.reduce((sum, value) => sum + value * value, 0) / rest.length
    assert.ok(Math.abs(square - 1) < 0.15, `variance ${square}`)
    assert.ok(view.noiseShares(999).signal < view.noiseShares(0).signal)
    assert.throws(() => view.noiseShares(1000), /time step: expected a whole number 0 … 999, got 1000/)
    await view.dispose()
  })

  test(`resolutions count in proportion to their side on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const found = view.resolutionWeights()
    const layers = view.layers().filter(({ kind }) => kind === 'self')
    assert.deepEqual(
      found.map(({ grid }) => grid),
      [12, 6, 3, 2]
        .map((h, i) => ({ h, w: [16, 8, 4, 2][i] }))
        .filter(({ h, w }) => layers.some(({ grid }) => grid.h === h && grid.w === w)),
    )
    assert.deepEqual(found.flatMap((one) => one.layers).sort(), layers.map((one) => one.name).sort())
    assert.ok(Math.abs(found.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12)
    assert.ok(Math.abs(found[0].weight / found[1].weight - 2) < 1e-12)
    await view.dispose()
    const some = await adzus.look(PICTURE, { ...OPTIONS, resolutions: [16] })
    const [only, ...others] = some.resolutionWeights()
    assert.deepEqual([only.grid, only.weight, others], [{ h: 12, w: 16 }, 1, []])
    await some.dispose()
    const weighted = await adzus.look(PICTURE, OPTIONS)
    const [fine, next] = weighted.resolutionWeights({ weights: { resolutions: { 16: 3 } } })
    assert.ok(Math.abs(fine.weight / next.weight - 6) < 1e-12)
    assert.deepEqual((await weighted.proposals({ resolutions: [8], thresholds: [0.3] })).grid, { h: 12, w: 16 })
    await weighted.dispose()
  })

  test(`proposals are as many as merging leaves, and the largest wins each pixel on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const thresholds = [0.05, 0.1, 0.4]
    const { anchors, rounds } = await view.merges({ thresholds })
    const counts = [anchors.length, ...rounds.map(({ groups }) => groups.length)]
    for (const [i, expected] of counts.entries()) {
      const { count, grid, values } = await view.proposals({ thresholds: thresholds.slice(0, i + 1) })
      assert.deepEqual([count, grid, values.length], [expected, { h: 12, w: 16 }, expected * 192])
      for (let one = 0; one < count; one++)
        assert.ok(Math.abs(values.subarray(192 * one, 192 * (one + 1)).reduce((a, b) => a + b) - 1) < 1e-3)
    }
    const { segments } = await view.segment({ thresholds })
    assert.ok(segments.length <= counts.at(-1)!)
    await view.dispose()
    await assert.rejects(view.proposals(), /disposed/)
  })
}
