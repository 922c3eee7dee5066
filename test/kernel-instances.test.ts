/**
 * @file The stored WGSL of kernels (`test/shaders`) is what the texts make today, and each file stands alone: Dawn accepts it by itself.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gpu } from '#platform'
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

testWebGpu('every stored kernel is valid by itself', async (context) => {
  const { device } = await openDevice(await gpu())
  let valid = 0
  const wrong: string[] = []
  for (const file of (await readdir(FOLDER)).filter((name) => name.endsWith('.wgsl'))) {
    const code = await readFile(join(FOLDER, file), 'utf8')
    const [f16, subgroups] = [/^enable f16;/m, /^enable subgroups;/m].map((feature) => feature.test(code))
    if ((f16 && !device.features.has('shader-f16')) || (subgroups && !device.features.has('subgroups' as GPUFeatureName))) continue
    device.pushErrorScope('validation')
    device.createShaderModule({ code })
    const error = await device.popErrorScope()
    if (error) wrong.push(`${file}: ${error.message}`)
    else valid++
  }
  device.destroy()
  assert.deepEqual(wrong, [])
  if (valid === 0) context.skip('no kernel of this adapter is stored')
})
