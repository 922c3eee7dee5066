/**
 * @file Choosing a backend. `auto` takes WebGPU where there is an adapter, else the CPU.
 */
import { allowRelaxedSimd, cores, gpu, startThread, waitForDevice } from '#platform'
import { AdzusError } from './errors.ts'
import type { Backend } from './tensor/backend.ts'
import { CpuBackend } from './tensor/cpu/backend.ts'
import { PlainEngine } from './tensor/cpu/plain.ts'
import { WasmEngine, type WasmOptions } from './tensor/wasm/engine.ts'
import { describe, listAdapters as listOf } from './tensor/webgpu/adapter.ts'
import { WebGpuBackend } from './tensor/webgpu/backend.ts'

export type BackendKind = 'auto' | 'cpu' | 'webgpu'

/** Options of the CPU backend. */
export type CpuOptions = WasmOptions

/**
 * Opens a backend.
 *
 * With `auto`, whatever keeps WebGPU from starting (no driver, no package, a refused device) means the CPU; with `webgpu` it is an error. The CPU computes on WebAssembly SIMD,
 * or in plain TypeScript in a runtime without that.
 */
export async function openBackend(kind: BackendKind = 'auto', options: CpuOptions = {}): Promise<Backend> {
  if (kind === 'cpu') return openCpu(options)
  if (kind !== 'auto' && kind !== 'webgpu') throw new AdzusError({ what: 'backend', expected: 'auto, webgpu or cpu', got: String(kind) })
  try {
    return await WebGpuBackend.open(await gpu(), waitForDevice)
  } catch (error) {
    if (kind === 'webgpu') throw error
    return openCpu(options)
  }
}

/** Every WebGPU adapter of this machine, the one that is taken first; none where there is no WebGPU. */
export async function listAdapters(): Promise<GPUAdapter[]> {
  return listOf(await gpu())
}

/** An adapter's name for people. */
export const describeAdapter = (adapter: GPUAdapter): string => describe(adapter.info)

async function openCpu(options: CpuOptions): Promise<Backend> {
  return new CpuBackend((await WasmEngine.open({ allowRelaxedSimd, cores, startThread }, options)) ?? new PlainEngine())
}
