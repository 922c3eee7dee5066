/**
 * @file The random checkpoints that measurements and other tests stand on: complete, repeatable, the same numbers in every type, and usable like any model.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { FAMILIES } from '../bench/checkpoint/families.ts'
import { pipelineShapes } from '../bench/checkpoint/shapes.ts'
import type { WeightType } from '../bench/checkpoint/values.ts'
import { familyOf, writePipeline } from '../bench/checkpoint/write.ts'
import { Adzus } from '../src/index.ts'
import { openDirectory } from '../src/platform/directory.ts'
import { SafetensorsFile } from '../src/safetensors/reader.ts'

const UNET = 'unet/diffusion_pytorch_model.safetensors'

const scratch = await mkdtemp(join(tmpdir(), 'adzus-'))
afterAll(() => rm(scratch, { recursive: true }))

/** Writes a pipeline once; later calls with the same arguments find it. */
const written = new Map<string, Promise<string>>()
function checkpoint(family: string, type: WeightType, seed: number, copy = 0): Promise<string> {
  const folder = join(scratch, `${family}-${type}-${seed}-${copy}`)
  let writing = written.get(folder)
  if (!writing) {
    writing = writePipeline(folder, familyOf(family), { type, seed }).then(() => folder)
    written.set(folder, writing)
  }
  return writing
}

async function unetOf(folder: string): Promise<SafetensorsFile> {
  return SafetensorsFile.open(await (await openDirectory(folder)).open(UNET))
}

const sd15 = await pipelineShapes(FAMILIES['sd15'])

test('Stable Diffusion 1.5 has the tensors that its publishers counted', () => {
  const count = (part: string) => [sd15[part].length, sd15[part].reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0)]
  assert.deepEqual(count('unet'), [686, 859_520_964])
  assert.deepEqual(count('vae'), [248, 83_653_863])
  assert.deepEqual(count('text_encoder'), [196, 123_060_480])
  const projection = sd15['unet'].find(({ name }) => name === 'down_blocks.0.attentions.0.proj_in.weight')
  assert.deepEqual(projection?.shape, [320, 320, 1, 1])
})

test('miniatures have all names of the original (those of Stable Diffusion 1 and 2 are the same)', async () => {
  for (const family of ['sd15-tiny', 'sd21-tiny']) {
    const small = await pipelineShapes(FAMILIES[family])
    for (const part of ['unet', 'vae'])
      assert.equal(small[part].map(({ name }) => name).join('\n'), sd15[part].map(({ name }) => name).join('\n'), `${family} ${part}`)
  }
})

test('the same seed writes the same bytes, another seed others', async () => {
  const [a, b, c] = [
    await checkpoint('sd15-tiny', 'F16', 1),
    await checkpoint('sd15-tiny', 'F16', 1, 1),
    await checkpoint('sd15-tiny', 'F16', 2),
  ]
  const files = (await readdir(a, { recursive: true, withFileTypes: true })).filter((f) => f.isFile())
  assert.ok(files.length >= 10)
  for (const { name, parentPath } of files) {
    const path = join(parentPath, name)
    assert.deepEqual(await readFile(path.replace(a, b)), await readFile(path), path)
  }
  assert.notDeepEqual(await readFile(join(c, UNET)), await readFile(join(a, UNET)))
})

test('every type holds the same numbers, as exactly as it can', async () => {
  const exact = await unetOf(await checkpoint('sd15-tiny', 'F32', 1))
  for (const [type, relative] of [
    ['F16', 2 ** -11],
    ['BF16', 2 ** -8],
  ] as const) {
    const file = await unetOf(await checkpoint('sd15-tiny', type, 1))
    assert.deepEqual([...file.tensors.keys()], [...exact.tensors.keys()])
    for (const [name, { dtype }] of file.tensors) {
      assert.equal(dtype, type)
      const expected = await exact.readFloats(name)
      const got = await file.readFloats(name)
      // Below 2^-14 f16 has steps of 2^-24.
      const wrong = expected.findIndex((v, i) => Math.abs(got[i] - v) > Math.max(relative * Math.abs(v), 2 ** -25))
      assert.equal(wrong, -1, `${type} ${name}[${wrong}]: ${got[wrong]}, expected ${expected[wrong]}`)
    }
    await file.close()
  }
  await exact.close()
})

for (const type of ['F16', 'F32', 'BF16'] as const)
  test(`a miniature in ${type} loads, attends and segments`, async () => {
    const adzus = await Adzus.load(await checkpoint('sd15-tiny', type, 1), { backend: 'cpu' })
    const picture = await readFile('data/bccd/images/BloodImage_00163.jpg')
    const { width, height, labels, segments } = await adzus.segment(picture, { size: 64, anchors: 4, thresholds: [0.02, 0.02] })
    assert.deepEqual([width, height, labels.length], [640, 480, 640 * 480])
    assert.ok(segments.length > 1, `${segments.length} segments`)
    const [map] = await adzus.attention(picture, { size: 64, resolutions: [8], heads: [0] })
    const keys = map.grid.h * map.grid.w
    assert.equal(map.probabilities.length, keys * keys)
    for (let q = 0; q < keys; q++) {
      const sum = map.probabilities.subarray(q * keys, (q + 1) * keys).reduce((a, b) => a + b, 0)
      assert.ok(Math.abs(sum - 1) < 1e-5, `row ${q} sums to ${sum}`)
    }
    await adzus.dispose()
  })
