/**
 * @file Choosing a backend. `auto` takes WebGPU where there is an adapter, else the CPU.
 */
import { gpu, waitForDevice } from '#platform'
import { AdzusError } from './errors.ts'
import type { Backend } from './tensor/backend.ts'
import { createCpuBackend } from './tensor/cpu/backend.ts'
import { describe, listAdapters as listOf } from './tensor/webgpu/adapter.ts'
import { WebGpuBackend } from './tensor/webgpu/backend.ts'

export type BackendKind = 'auto' | 'cpu' | 'webgpu'

/**
 * Opens a backend.
 *
 * With `auto`, whatever keeps WebGPU from starting (no driver, no package, a refused device) means the CPU; with `webgpu` it is an error.
 */
export async function openBackend(kind: BackendKind = 'auto'): Promise<Backend> {
  if (kind === 'cpu') return createCpuBackend()
  if (kind !== 'auto' && kind !== 'webgpu') throw new AdzusError({ what: 'backend', expected: 'auto, webgpu or cpu', got: String(kind) })
  try {
    return await WebGpuBackend.open(await gpu(), waitForDevice)
  } catch (error) {
    if (kind === 'webgpu') throw error
    return createCpuBackend()
  }
}

/** Every WebGPU adapter of this machine, the one that is taken first; none where there is no WebGPU. */
export async function listAdapters(): Promise<GPUAdapter[]> {
  return listOf(await gpu())
}

/** An adapter's name for people. */
export const describeAdapter = (adapter: GPUAdapter): string => describe(adapter.info)
