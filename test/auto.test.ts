/** @file Which backend `auto` takes: a graphics card's or the CPU's, never a software adapter. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'vitest'
import { encodePng } from '../src/index.ts'
import { hasVulkanDriver, mayHaveGraphicsCard } from '../src/platform/graphics.ts'
import { type AdapterSource, isSoftware, openDevice } from '../src/tensor/webgpu/adapter.ts'
import { adzus, temporaryFolder } from './support/cli.ts'

const info = (description: string, isFallbackAdapter = false) =>
  ({ vendor: '', architecture: '', device: '', description, isFallbackAdapter }) as GPUAdapterInfo

test('software adapters are known by their names where they do not say it', () => {
  for (const name of ['llvmpipe (LLVM 15.0.6, 256 bits)', 'SwiftShader Device (Subzero)', 'Microsoft Basic Render Driver', 'WARP'])
    assert.equal(isSoftware(info(name)), true, name)
  for (const name of ['NVIDIA H100', 'Apple M1 Max', 'Intel(R) Arc', 'AMD Radeon (RADV NAVI)', 'Warped Reality GPU'])
    assert.equal(isSoftware(info(name)), false, name)
  assert.equal(isSoftware(info('', true)), true)
})

test('a software adapter is refused before it is opened where one will not do', async () => {
  let opened = 0
  const adapter = { features: new Set(), limits: {}, info: info('llvmpipe', true), requestDevice: async () => opened++ }
  const source = { requestAdapter: async () => adapter } as unknown as AdapterSource
  await assert.rejects(openDevice(source, false), /webgpu: expected a graphics card, got llvmpipe, which is software/)
  assert.equal(opened, 0)
})

test('on Linux, drivers and cards are found without asking Dawn', { skip: process.platform !== 'linux' }, async (t) => {
  const folder = await temporaryFolder(t)
  const before = { ...process.env }
  t.onTestFinished(() => void Object.assign(process.env, before))
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) delete process.env[name]
  process.env['VK_ICD_FILENAMES'] = '/nonexistent/a.json:/nonexistent/b.json'
  assert.equal(hasVulkanDriver(), false)
  await mkdir(join(folder, 'vulkan/icd.d'), { recursive: true })
  await writeFile(join(folder, 'vulkan/icd.d/own.json'), '{}')
  process.env['VK_ICD_FILENAMES'] = join(folder, 'vulkan/icd.d/own.json')
  assert.equal(hasVulkanDriver(), true)
  delete process.env['VK_ICD_FILENAMES']
  process.env['XDG_DATA_DIRS'] = `/nonexistent:${folder}`
  assert.equal(hasVulkanDriver(), true)
})

test('the command line says once which backend runs, and nothing with --quiet or --json', async (t) => {
  const cwd = await temporaryFolder(t)
  const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 7) % 256)
  await writeFile(join(cwd, 'a.png'), await encodePng(64, 64, data))
  const run = (...options: string[]) => adzus(['segment', 'a.png', '--size', '64', '--threads', '1', '--overwrite', ...options], { cwd })
  const plain = await run('--backend', 'cpu')
  assert.deepEqual([plain.code, plain.running, plain.stderr], [0, 'CPU (WebAssembly SIMD, 1 thread)', ''])
  // Where there may be a card, its driver has a say.
  const options = mayHaveGraphicsCard() ? ['--backend', 'cpu'] : []
  for (const silent of ['--quiet', '--json']) {
    const { code, running, stderr } = await run(silent, ...options)
    assert.deepEqual([code, running, stderr], [0, undefined, ''])
  }
})
