/** @file `adzus doctor` as a process of its own: devices, which models fit, and what it says where there is no adapter. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import process from 'node:process'
import { promisify } from 'node:util'
import { test } from 'vitest'
import { hasWebGpu } from './support/backends.ts'
import { temporaryFolder } from './support/cli.ts'

interface Report {
  memory: number
  devices: { kind: string; name: string; limits: Record<string, number>; maxTensorBytes: number }[]
  models: { model: string; device: string; weights: number; peak: number; fits: boolean }[]
}

/** Runs `adzus doctor`; the hub's cache is an empty folder. */
async function doctor(cache: string, args: string[] = [], env: Record<string, string> = {}): Promise<string> {
  const options = { env: { ...process.env, HF_HUB_CACHE: cache, ...env } }
  return (await promisify(execFile)(process.execPath, ['bin/adzus.js', 'doctor', ...args], options)).stdout
}

test('devices and the embedded model on each of them', async (t) => {
  const report: Report = JSON.parse(await doctor(await temporaryFolder(t), ['--json']))
  const names = (await hasWebGpu()) ? ['cpu', 'webgpu'] : ['cpu']
  assert.deepEqual([...new Set(report.devices.map((d) => d.kind))].sort(), names)
  const tiny = report.models.filter((m) => m.model === 'adzus-tiny')
  assert.deepEqual(
    tiny.map((m) => m.device),
    report.devices.map((d) => d.name),
  )
  for (const { weights, peak, fits } of tiny) {
    // 5.5 million parameters of the UNet and the VAE's encoder, as f16.
    assert.ok(weights > 11e6 && weights < 14e6, `${weights}`)
    assert.ok(peak > weights && fits)
  }
})

test('without a driver it says what to install', async (t) => {
  const cache = await temporaryFolder(t)
  const text = await doctor(cache, [], { VK_ICD_FILENAMES: '/nonexistent' })
  assert.match(text, /no WebGPU adapter.*CPU/)
  assert.match(text, /mesa-vulkan-drivers/)
  assert.match(text, /adzus-tiny {2}CPU \(.*yes/)
})

test('a cache that is gone is an empty one; a wrong option ends with 2', async (t) => {
  const cache = await temporaryFolder(t)
  await rm(cache, { recursive: true })
  assert.match(await doctor(cache, ['--json']), /adzus-tiny/)
  await assert.rejects(
    doctor(cache, ['--jsno']),
    (error: { code: number; stderr: string }) => error.code === 2 && /Did you mean --json/.test(error.stderr),
  )
})
