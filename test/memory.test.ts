/**
 * @file Fitting a device: what a dry run says is what a run takes; weights in other types; the VAE in tiles; the check of f16 at start.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { misfit } from '../src/adzus/estimate.ts'
import { Weights } from '../src/checkpoint/weights.ts'
import { Adzus } from '../src/index.ts'
import { Loader } from '../src/nn/loader.ts'
import { openBackend } from '../src/open-backend.ts'
import { embeddedModel, openDirectory } from '../src/platform/directory.ts'
import { SafetensorsFile } from '../src/safetensors/reader.ts'
import { encodeSafetensors } from '../src/safetensors/writer.ts'
import { bytesSource } from '../src/source.ts'
import { DryBackend } from '../src/tensor/dry.ts'
import { halfIsSound } from '../src/tensor/half-check.ts'
import { permute, release, Tensor } from '../src/tensor/index.ts'
import { encodeTiled, tileSide } from '../src/vae/tiles.ts'
import { Vae } from '../src/vae/vae.ts'
import { backends, test } from './support/backends.ts'
import { differing, maxError, TOLERANCE, toNHWC } from './support/golden-compare.ts'
import { Golden } from './support/goldens.ts'

const picture = await readFile('data/bccd/images/BloodImage_00163.jpg')

for (const { name, open, test } of await backends()) {
  test(`a dry run predicts the memory of a run on ${name}`, async () => {
    const backend = await open()
    const predicted = await Adzus.estimate(embeddedModel(), backend)
    const adzus = await Adzus.load(undefined, { backend })
    // Blocks are rounded up to 16 bytes, and a pooled one may be a quarter and 64 KiB larger than asked for.
    assert.ok(backend.memory.live >= predicted.weights && backend.memory.live <= predicted.weights * 1.01)
    const { peakBytes } = await adzus.segment(picture)
    assert.ok(peakBytes >= 0.95 * predicted.peak, `${peakBytes} against ${predicted.peak}`)
    assert.ok(peakBytes <= 1.4 * predicted.peak + 2 ** 20, `${peakBytes} against ${predicted.peak}`)
    await adzus.dispose()
    await backend.dispose()
  })

  test(`f16 weights are sound on ${name}`, async () => {
    const backend = await open()
    assert.equal(await halfIsSound(backend), true)
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  })

  test(`the VAE in tiles gives what diffusers' tiles give on ${name}`, async () => {
    const backend = await open()
    const vae = await Vae.load(await openDirectory('test/goldens/vae'), '', backend)
    const inputs = await Golden.open('test/goldens/vae/io.safetensors')
    const reference = await Golden.open('test/data/vae-tiled.safetensors')
    const image = await toNHWC(inputs, 'in.image', backend)
    const latent = await encodeTiled(vae, image, 64)
    const turned = permute(latent, [0, 3, 1, 2])
    assert.ok(maxError(await turned.floats(), await reference.floats('out.mean')) <= TOLERANCE)
    // One tile is the whole.
    const whole = vae.encode(image)
    const one = await encodeTiled(vae, image, 512)
    assert.ok(maxError(await one.floats(), await whole.mean.floats()) <= 1e-6)
    release(image, latent, turned, whole.mean, whole.logvar, one)
    vae.dispose()
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  })
}

test('f16 that computes wrongly is noticed, and weights are stored as f32', async () => {
  const backend = await openBackend('cpu')
  const read = backend.read.bind(backend)
  backend.read = async (storage, offset, bytes) => {
    const result = await read(storage, offset, bytes)
    if (storage.label === 'matmul' && bytes === 4096) new Float32Array(result)[5] += 1
    return result
  }
  assert.equal(await halfIsSound(backend), false)
  const notes: string[] = []
  const adzus = await Adzus.load(undefined, { backend, onNote: (text) => notes.push(text) })
  assert.match(notes.join(), /wrongly with f16/)
  assert.ok(backend.memory.live > 20 * 2 ** 20)
  await adzus.dispose()
  await backend.dispose()
})

test('weights stored as f32 and as f16 give the same labels', async () => {
  const backend = await openBackend('cpu')
  const half = await Adzus.load(undefined, { backend, dtype: 'f16' })
  const bytes = backend.memory.live
  const full = await Adzus.load(undefined, { backend, dtype: 'f32' })
  assert.ok(backend.memory.live - bytes > 1.8 * bytes)
  const a = await half.segment(picture, { size: 128, thresholds: [0.2, 0.2, 0.2] })
  const b = await full.segment(picture, { size: 128, thresholds: [0.2, 0.2, 0.2] })
  assert.ok(a.segments.length > 1)
  assert.ok(differing(a.labels, b.labels) <= 1e-3)
  await half.dispose()
  await full.dispose()
  await backend.dispose()
})

test('tiles are taken where the device does not bind the whole, and recorded', async () => {
  const backend = await openBackend('cpu')
  const adzus = await Adzus.load(undefined, { backend })
  assert.equal(adzus.parameters().tileVae, false)
  assert.equal(adzus.parameters({ tileVae: true }).tileVae, true)
  Object.defineProperty(backend, 'maxTensorBytes', { value: 2 ** 20 })
  const result = await adzus.segment(picture)
  assert.equal(result.parameters.tileVae, true)
  assert.equal(result.labels.length, result.width * result.height)
  await adzus.dispose()
  await backend.dispose()
})

test('the largest tile fits', async () => {
  const backend = await openBackend('cpu')
  const vae = await Vae.load(await openDirectory('test/goldens/vae'), '', backend)
  for (const bytes of [2 ** 18, 2 ** 20, 2 ** 27]) {
    const side = tileSide(vae, bytes)
    assert.equal(side % 32, 0)
    assert.ok(side > 0 && side <= 512 && 4 * side * side * vae.config.channels[0] <= bytes)
  }
  vae.dispose()
  await backend.dispose()
})

test('what does not fit is said', () => {
  const estimate = { weights: 1, peak: 3 * 2 ** 20, largest: { bytes: 2 * 2 ** 20, label: 'conv2d' } }
  assert.equal(misfit(estimate, { maxTensorBytes: 2 ** 21 }, 2 ** 22), undefined)
  assert.deepEqual(misfit(estimate, { maxTensorBytes: 2 ** 20 }), { expected: 'tensors of at most 1 MiB', got: '2 MiB for conv2d' })
  assert.deepEqual(misfit(estimate, { maxTensorBytes: 2 ** 21 }, 2 ** 21), { expected: 'at most 2 MiB of memory', got: '3 MiB' })
  // Of 1 MiB of weights and 2 MiB beside them: with half of the weights elsewhere, 2.5 MiB are to be addressed.
  const near = (bytes: number) =>
    misfit({ ...estimate, weights: 2 ** 20 }, { maxTensorBytes: 2 ** 21, addressLimit: { bytes, weights: 2 ** 19 } })
  assert.equal(near(2.5 * 2 ** 20), undefined)
  assert.deepEqual(near(2.25 * 2 ** 20), { expected: 'at most 2.25 MiB that can be addressed', got: '2.5 MiB' })
})

test('a tensor that f16 cannot hold is refused with its name', async () => {
  const backend = await openBackend('cpu')
  const bytes = encodeSafetensors([{ name: 'layer.weight', dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 70000) }])
  const weights = Weights.of([await SafetensorsFile.open(bytesSource('x', bytes))], 'x')
  await assert.rejects(
    Loader.run(weights, backend, (at) => at.at('layer').matrix('weight', [1, 2]), 'f16'),
    /layer\.weight\).*65,504, got 70000/,
  )
  assert.equal(backend.memory.live, 0)
  await backend.dispose()
})

test('a tensor of the dry run has the bytes of its type', async () => {
  const dry = new DryBackend({ kind: 'webgpu', maxTensorBytes: 1 })
  const x = Tensor.empty(dry, [3, 5], 'f16', 'x')
  assert.deepEqual([dry.memory.live, dry.largest], [30, { bytes: 30, label: 'x' }])
  x.dispose()
  assert.deepEqual([dry.memory.live, dry.memory.peak], [0, 30])
})
