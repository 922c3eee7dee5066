/**
 * @file The stored WGSL of kernels (`test/shaders`) is what the texts make today, and each file stands alone: Dawn accepts it by itself.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gpu } from '#platform'
import { attention } from '../src/shaders/attention.ts'
import { attentionMap } from '../src/shaders/attention-map.ts'
import { gemm } from '../src/shaders/gemm.ts'
import { gemmBroadcast } from '../src/shaders/gemm-broadcast.ts'
import type { Shader } from '../src/shaders/kernel.ts'
import type { Activation } from '../src/tensor/backend.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'
import { test, webgpu } from './support/backends.ts'
import { FOLDER, kernelInstances } from './support/kernel-instances.ts'

/** Bytes of all files together. */
const MOST_BYTES = 1e6

const { instances, contents } = kernelInstances()

test('stored kernels are those that the texts make (npm run shaders writes them)', async () => {
  const wanted = new Map([['README.md', contents], ...instances.map(({ file, code }) => [file, code] as const)])
  assert.deepEqual((await readdir(FOLDER)).sort(), [...wanted.keys()].sort())
  const differ: string[] = []
  for (const [file, text] of wanted) if ((await readFile(join(FOLDER, file), 'utf8')) !== text) differ.push(file)
  assert.deepEqual(differ, [])
  const bytes = instances.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0)
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`)
})

test('stored kernels hold no directive, and no line that ends in spaces', async () => {
  for (const { file, code } of instances) {
    assert.doesNotMatch(code, /\/\/#|\$\{/, file)
    assert.doesNotMatch(code, / $/m, file)
    assert.doesNotMatch(code, /\n\n\n/, file)
  }
})

const { test: testWebGpu } = await webgpu()

/** What Dawn says against each of some kernels; those that need a feature that the device lacks are left out. */
async function faults(device: GPUDevice, kernels: Iterable<readonly [name: string, code: string]>) {
  const wrong: string[] = []
  let valid = 0
  for (const [name, code] of kernels) {
    const [f16, subgroups] = [/^enable f16;/m, /^enable subgroups;/m].map((feature) => feature.test(code))
    if ((f16 && !device.features.has('shader-f16')) || (subgroups && !device.features.has('subgroups' as GPUFeatureName))) continue
    device.pushErrorScope('validation')
    device.createShaderModule({ code })
    const error = await device.popErrorScope()
    if (error) wrong.push(`${name}: ${error.message}`)
    else valid++
  }
  return { wrong, valid }
}

testWebGpu('every stored kernel is valid by itself', async () => {
  const { device } = await openDevice(await gpu())
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.wgsl'))
  const files = await Promise.all(names.map(async (name) => [name, await readFile(join(FOLDER, name), 'utf8')] as const))
  const { wrong, valid } = await faults(device, files)
  device.destroy()
  assert.deepEqual(wrong, [])
  assert.ok(valid > 30)
})

/** Every combination of what the texts of products and of attention can be. */
function* combinations(): Iterable<readonly [string, string]> {
  const both = [false, true]
  const named = (shader: Shader, what: object) => [`${shader.name} ${JSON.stringify(what)}`, shader.code] as const
  const activations: Activation[] = ['none', 'silu', 'gelu', 'geluTanh', 'quickGelu']
  for (const gather of both)
    for (const transposeB of both)
      for (const [bType, half] of [['f32', false] as const, ['f16', false] as const, ['f16', true] as const])
        for (const [i, gated] of both.entries())
          for (const [j, vec] of both.entries()) {
            const activation = activations[(i + 2 * j + Number(gather)) % activations.length]
            const v = { gather, transposeB, bType, half, gated, activation, rows: 4, columns: 2 }
            const tile = { ...v, vecA: vec, vecB: vec, vecOut: vec, threadsM: 8, threadsN: 8, tileK: 16 }
            yield named(gemm(tile), { ...v, vec })
            yield named(gemm({ ...tile, products: 'f16' }), { ...v, vec, products: 'f16' })
            yield named(gemmBroadcast({ ...v, vecB: vec && transposeB, threads: 8, lanes: vec ? 8 : 4, tail: !vec }), { ...v, vec })
          }
  for (let columns = 1; columns <= 8; columns++)
    for (const vec of both)
      for (const products of ['f32', 'f16'] as const) yield named(attention({ columns, vec, products }), { columns, vec, products })
  for (const vec of both) yield named(attentionMap(vec, 'f16'), { vec })
}

testWebGpu('every combination of operands is valid', async () => {
  const { device } = await openDevice(await gpu())
  const { wrong, valid } = await faults(device, combinations())
  device.destroy()
  assert.deepEqual(wrong, [])
  assert.ok(valid > 40)
})
