/**
 * @file Opening a WebGPU device: asks for an adapter, requests all that it offers, and says who it
 * is.
 *
 * A device gets the *default* limits unless others are requested, and requesting more than the
 * adapter has fails; so the adapter's own limits are copied. What does not fit them is then planned
 * around, never asked for.
 */
import { inPage, option } from '../../advice.ts'
import { AdzusError, check } from '../../errors.ts'
import type { Arithmetic } from '../traits.ts'
import { type AdapterLike, describe } from './adapter-like.ts'

export interface Opened {
  device: GPUDevice
  /** For people, for example `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  description: string
  /** A software adapter, which computes on the CPU. */
  software: boolean
  timestamps: boolean
  /** How many threads a subgroup has at least; 0 where there are no subgroups of MIN_LANES. */
  lanes: number
  /** Kernels may use WGSL's f16. */
  half: boolean
  /** In which products are (default f32). */
  arithmetic?: Arithmetic
}

/** The smallest subgroups that kernels make use of. */
const MIN_LANES = 8

/** The limits that matter for compute; the others stay at their defaults. */
const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const

/** Names of software adapters, for implementations that do not say `isFallbackAdapter`. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|microsoft basic render|\bwarp\b/i

/** What opens adapters: a `GPU` object. */
export type AdapterSource = Pick<GPU, 'requestAdapter'>

/**
 * Opens the adapter of a `GPU` object, or says that there is none.
 * @param software whether a software adapter will do
 * @throws AdzusError where there is no such adapter, or one that lacks the f16 that is asked for
 */
export async function openDevice(gpu: AdapterSource | undefined, software = true, arithmetic: Arithmetic = 'f32'): Promise<Opened> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter)
    throw new AdzusError({
      what: 'webgpu',
      expected: 'a WebGPU adapter',
      got: gpu ? 'none' : 'no WebGPU implementation',
      hint: `Use ${option('backend', 'cpu')}, or ${wayTo(gpu)}.`,
    })
  const { features, info } = adapter
  check(software || !isSoftware(info), () => ({ what: 'webgpu', expected: 'a graphics card', got: `${describe(info)}, which is software` }))
  check(arithmetic !== 'f16' || features.has('shader-f16'), () => ({
    what: 'options',
    where: 'arithmetic',
    expected: `f32 or auto on ${describe(info)}`,
    got: 'f16, which this adapter lacks',
  }))
  const wanted = (['timestamp-query', 'subgroups', 'shader-f16'] as const).filter((name) => features.has(name))
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]))
  const device = await adapter.requestDevice({
    requiredLimits,
    requiredFeatures: wanted,
  })
  // Not every implementation says how small a subgroup may be. Smaller ones gain nothing, and
  // SwiftShader's compiler takes gigabytes for kernels that use them.
  const least = info.subgroupMinSize ?? 0
  const lanes = features.has('subgroups') && least >= MIN_LANES ? least : 0
  const [timestamps, half] = [features.has('timestamp-query'), features.has('shader-f16')]
  return { device, description: describe(info), software: isSoftware(info), timestamps, lanes, half, arithmetic }
}

/** How to get an adapter. */
function wayTo(gpu: AdapterSource | undefined): string {
  if (inPage()) return 'a browser with WebGPU switched on'
  if (!gpu) return 'in Node install the package webgpu'
  return 'install a Vulkan driver (on Debian 12: mesa-vulkan-drivers from bookworm-backports)'
}

/** Every adapter that a `GPU` object offers, the one that `openDevice` takes first. */
export async function listAdapters(gpu: AdapterSource | undefined): Promise<GPUAdapter[]> {
  const wishes: GPURequestAdapterOptions[] = [
    { powerPreference: 'high-performance' },
    { powerPreference: 'low-power' },
    { forceFallbackAdapter: true },
  ]
  const found = new Map<string, GPUAdapter>()
  for (const wish of wishes) {
    const adapter = await gpu?.requestAdapter(wish)
    if (adapter && !found.has(describe(adapter.info))) found.set(describe(adapter.info), adapter)
  }
  return [...found.values()]
}

/** Whether an adapter computes on the CPU: slower than the CPU backend by tens of times. */
export function isSoftware(info: AdapterLike['info']): boolean {
  return info.isFallbackAdapter || [info.vendor, info.architecture, info.device, info.description].some((name) => SOFTWARE.test(name))
}
