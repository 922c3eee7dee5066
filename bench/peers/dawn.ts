/**
 * @file WebGPU for peers that look for it where a browser has it: Dawn's objects as globals. Dawn's Node binding takes no views of shared memory in `writeBuffer`, as browsers do; such data
 * is copied first.
 */
import { describe } from '../../src/tensor/webgpu/adapter-like.ts'

/** What is used of the package. */
interface Dawn {
  create(flags: string[]): GPU
  globals: Record<string, unknown>
}

/** Puts WebGPU where libraries look for it; the adapter's name. */
export async function provideWebGpu({ create, globals }: Dawn): Promise<string> {
  Object.assign(globalThis, globals)
  const gpu = create([])
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node', hardwareConcurrency: 1 }, configurable: true })
  const adapter = await gpu.requestAdapter()
  if (!adapter) throw new Error('there is no WebGPU adapter')
  const device = await adapter.requestDevice()
  acceptSharedMemory(Object.getPrototypeOf(device.queue))
  device.destroy()
  return describe(adapter.info)
}

type Written = ArrayBufferLike | ArrayBufferView

function acceptSharedMemory(prototype: GPUQueue): void {
  const write = prototype.writeBuffer as (...args: unknown[]) => void
  prototype.writeBuffer = function (this: GPUQueue, buffer: GPUBuffer, at: number, data: Written, offset = 0, size?: number) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data)
    const unit = (data as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1
    const bytes = size === undefined ? view.byteLength - offset * unit : size * unit
    const part = new Uint8Array(view.buffer, view.byteOffset + offset * unit, bytes)
    write.call(this, buffer, at, view.buffer instanceof SharedArrayBuffer ? part.slice() : part)
  } as GPUQueue['writeBuffer']
}
