/**
 * @file The adapter of the offline run, with features hidden so that kernels have to do without.
 */
import { gpu, waitForDevice } from '#platform'
import type { Arithmetic } from '../../src/tensor/traits.ts'
import { WebGpuBackend } from '../../src/tensor/webgpu/backend.ts'

/** Features of WebGPU that kernels make use of where they are. */
export type Feature = 'subgroups' | 'shader-f16'

/**
 * Opens the WebGPU backend as if the adapter lacked some features.
 * @throws AdzusError where there is no adapter
 */
export async function openWithout(hidden: readonly Feature[], arithmetic?: Arithmetic): Promise<WebGpuBackend> {
  const source = await gpu()
  const requestAdapter = async (wish?: GPURequestAdapterOptions) => {
    const adapter = await source!.requestAdapter(wish)
    return adapter && without(adapter, hidden)
  }
  return WebGpuBackend.open(source && { requestAdapter }, waitForDevice, true, arithmetic)
}

/**
 * An adapter that says it lacks some features.
 * @example
 * without(adapter, ['subgroups']).features.has('subgroups') // false
 */
export function without(adapter: GPUAdapter, hidden: readonly string[]): GPUAdapter {
  const features = new Set([...adapter.features].filter((name) => !hidden.includes(name)))
  return new Proxy(adapter, {
    get(target, key) {
      if (key === 'features') return features
      // Native objects know only themselves.
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
