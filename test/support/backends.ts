/**
 * @file The backends that a test file runs on: the CPU always, WebGPU where there is an adapter.
 *
 * ADZUS_TEST_BACKENDS=cpu or =webgpu restricts the choice. With ADZUS_REQUIRE_WEBGPU=1 (as in CI) a missing adapter is a failure instead of a skip.
 */
import process from 'node:process'
import { openBackend } from '../../src/open-backend.ts'
import type { Backend } from '../../src/tensor/backend.ts'

export interface TestBackend {
  name: 'cpu' | 'webgpu'
  open(): Promise<Backend>
}

export async function backends(): Promise<TestBackend[]> {
  const only = process.env['ADZUS_TEST_BACKENDS']
  const list: TestBackend[] = []
  if (only !== 'webgpu') list.push({ name: 'cpu', open: () => openBackend('cpu') })
  if (only !== 'cpu' && (await hasWebGpu())) list.push({ name: 'webgpu', open: () => openBackend('webgpu') })
  return list
}

async function hasWebGpu(): Promise<boolean> {
  try {
    await (await openBackend('webgpu')).dispose()
    return true
  } catch (error) {
    if (process.env['ADZUS_REQUIRE_WEBGPU'] === '1') throw error
    return false
  }
}
