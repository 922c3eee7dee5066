/** @file Why a model runs on this device and not on another. */
import { type BackendKind, describeAdapter, listAdapters } from 'adzus'
import type { DeviceReason } from '../engine/calls.ts'

/**
 * @param wanted what was asked for
 * @param got what it became
 * @returns the reason, and the adapter that was not taken
 */
export async function reasonOf(wanted: BackendKind, got: 'cpu' | 'webgpu'): Promise<{ reason: DeviceReason; adapter: string }> {
  if (wanted !== 'auto') return { reason: 'chosen', adapter: '' }
  if (got === 'webgpu') return { reason: 'card', adapter: '' }
  if (!globalThis.navigator.gpu) return { reason: 'no-webgpu', adapter: '' }
  const [adapter] = await listAdapters().catch(() => [])
  if (!adapter) return { reason: 'no-adapter', adapter: '' }
  return { reason: isSoftware(adapter.info) ? 'software' : 'refused', adapter: describeAdapter(adapter) }
}

/** Some software adapters do not say so. */
function isSoftware(info: Omit<GPUAdapterInfo, '__brand'>): boolean {
  return (
    info.isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|basic render/i.test(`${info.architecture} ${info.device} ${info.description}`)
  )
}
