/**
 * @file What is told of a WebGPU adapter. A `GPUAdapter` is one; the type is ours, so that the
 * declarations of the package need no types of WebGPU.
 */

/** A `GPUAdapter`, as far as it is asked. */
export interface AdapterLike {
  readonly info: {
    readonly vendor: string
    readonly architecture: string
    readonly device: string
    readonly description: string
    /** A software adapter, which computes on the CPU. */
    readonly isFallbackAdapter: boolean
  }
  /** Names as in WebGPU's specification, for example `shader-f16`. */
  readonly features: ReadonlySet<string>
  /** In bytes, or numbers of threads and buffers. */
  readonly limits: {
    readonly maxStorageBufferBindingSize: number
    readonly maxBufferSize: number
    readonly maxComputeWorkgroupStorageSize: number
    readonly maxComputeInvocationsPerWorkgroup: number
    readonly maxComputeWorkgroupsPerDimension: number
    readonly maxStorageBuffersPerShaderStage: number
  }
}

/** An adapter's name for people. */
export function describe(info: AdapterLike['info']): string {
  const name = [info.vendor, info.architecture].filter(Boolean).join(' ')
  return info.description || info.device || name || 'WebGPU adapter'
}
