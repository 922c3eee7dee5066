/**
 * @file Not a number: broken weights, or an overflow, end in an error that names the stage and says what to try, never in a mask.
 */
import assert from 'node:assert/strict'
import type { SegmentOptions } from '../src/adzus/options.ts'
import { BandedMap } from '../src/attention/banded-map.ts'
import { AdzusError } from '../src/errors.ts'
import { Adzus, memoryFiles } from '../src/index.ts'
import { embeddedModel } from '../src/platform/directory.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { attention, type Backend, release, Tensor } from '../src/tensor/index.ts'
import { backends, test } from './support/backends.ts'
import { type Contents, editTensors, readFolder } from './support/checkpoints.ts'
import { disc } from './support/pictures.ts'

const FAST: SegmentOptions = { size: 32, thresholds: [0.2, 0.2, 0.2] }
const image = { width: 60, height: 40, data: disc(60, 40) }
const folder = await readFolder(embeddedModel())

/** The embedded model with NaN among the numbers of a tensor, or with all of them as large as can be, which only f32 holds. */
async function altered(file: string, name: string, how: 'none' | 'large'): Promise<Contents> {
  const contents: Contents = new Map(folder)
  await editTensors(contents, file, (tensors) => {
    const { shape, data, dtype } = tensors.get(name)!
    assert.equal(dtype, 'F16')
    if (how === 'large') {
      const numbers = new Float32Array(data.length / 2).fill(3e38)
      tensors.set(name, { dtype: 'F32', shape, data: new Uint8Array(numbers.buffer) })
    } else {
      const numbers = new Uint16Array(data.slice().buffer)
      numbers[5] = 0x7e00
      tensors.set(name, { dtype, shape, data: new Uint8Array(numbers.buffer) })
    }
  })
  return contents
}

const VAE = 'vae/diffusion_pytorch_model.safetensors'
const UNET = 'unet/diffusion_pytorch_model.safetensors'
const TEXT = 'text_encoder/model.safetensors'
const CASES: [file: string, tensor: string, how: 'none' | 'large', stage: string][] = [
  [VAE, 'encoder.conv_in.weight', 'none', 'vae'],
  [VAE, 'quant_conv.weight', 'large', 'vae'],
  [UNET, 'conv_in.weight', 'none', 'unet'],
  [UNET, 'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight', 'none', 'unet'],
  [UNET, 'up_blocks.3.attentions.0.transformer_blocks.0.attn1.to_k.weight', 'none', 'unet'],
  [TEXT, 'final_layer_norm.weight', 'none', 'text'],
]

const rejects = (call: Promise<unknown>, stage: string, hint: RegExp) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof AdzusError, String(error))
    assert.equal(error.failure.what, stage)
    assert.match(error.message, /expected finite numbers .+ infinite or not a number/)
    assert.match(error.message, hint)
    return true
  })

const oracle = { name: 'the CPU without WebAssembly', open: async () => createCpuBackend(), test }

for (const { name: kind, open, test } of [...(await backends()), oracle]) {
  test(`numbers that are none are an error of their stage on ${kind}`, async () => {
    const backend = await open()
    for (const [file, tensor, how, stage] of CASES) {
      const adzus = await Adzus.load(memoryFiles('broken', await altered(file, tensor, how)), { backend })
      const { live } = backend.memory
      const hint = stage === 'vae' ? /try --dtype f32, or another VAE \(--vae\)/ : /try --dtype f32\./
      await rejects(adzus.segment(image, { ...FAST, foreground: 'all' }), stage, hint)
      await rejects(adzus.attention(image, { size: 32 }), stage, hint)
      // The empty text's context is kept where it could be made.
      assert.ok(backend.memory.live - live < 2 ** 16, tensor)
      await adzus.dispose()
      assert.equal(backend.memory.live, 0)
    }
    await backend.dispose()
  })

  test(`of many pictures each hears of it on ${kind}`, async () => {
    const backend = await open()
    const adzus = await Adzus.load(memoryFiles('broken', await altered(VAE, 'encoder.conv_in.weight', 'none')), { backend })
    const results: PromiseSettledResult<unknown>[] = []
    for await (const result of adzus.segmentAll([image, image, image], { ...FAST, batch: 2 })) results.push(result)
    assert.equal(results.length, 3)
    for (const result of results)
      await rejects(result.status === 'rejected' ? Promise.reject(result.reason) : Promise.resolve(), 'vae', /--vae/)
    await adzus.dispose()
    await backend.dispose()
  })

  test(`one number of a row that is none makes none of its first one on ${kind}`, async () => {
    const backend = await open()
    // 12 queries and keys of one head; query 7 and, in the second case, key 3 are broken.
    for (const [queries, keys, bad] of [
      [[7], [], [7]],
      [[], [3], Array.from({ length: 12 }, (_, i) => i)],
    ]) {
      const map = await mapOf(backend, queries, keys)
      const column = await map.column(0)
      assert.deepEqual(
        [...column.keys()].filter((i) => Number.isNaN(column[i])),
        bad,
      )
      assert.ok(column.every((v) => Number.isNaN(v) || (v > 0 && v < 1)))
      map.dispose()
    }
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  })
}

/** The attention of 3 × 4 cells to one another, with some broken queries and keys. */
async function mapOf(backend: Backend, queries: readonly number[], keys: readonly number[]): Promise<BandedMap> {
  const [cells, size] = [12, 8]
  const values = (broken: readonly number[]) => {
    const numbers = Float32Array.from({ length: cells * size }, (_, i) => Math.sin(i * 1.7))
    for (const cell of broken) numbers[cell * size + 2] = Number.NaN
    return Tensor.from(backend, numbers, [1, cells, size])
  }
  const [q, k, v] = [values(queries), values(keys), values([])]
  const { out, scores } = attention(q, k, v, { heads: 1, keepScores: true })
  const map = BandedMap.zeros(backend, { h: 3, w: 4 }, cells, 'map')
  map.add(scores!, [1])
  release(q, k, v, out, scores!.stats)
  return map
}

test('without weights in f16 they are taken for broken', async () => {
  const backend = createCpuBackend()
  const adzus = await Adzus.load(memoryFiles('broken', await altered(VAE, 'encoder.conv_in.weight', 'none')), { backend, dtype: 'f32' })
  await rejects(adzus.segment(image, FAST), 'vae', /weights may be broken/)
  await adzus.dispose()
})
