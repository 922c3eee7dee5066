/**
 * @file The uniforms of a submission: a slot a dispatch in one buffer, written right before, always
 * into the same place.
 */
import type { Shader } from '../../shaders/kernel.ts'
import { BufferUsage } from './flags.ts'
import { UNIFORM_SLOT } from './pipelines.ts'

/** A kernel and the numbers it is called with. */
export interface Call {
  shader: Shader
  params: Record<string, number>
  /** For errors: what is computed. */
  label: string
}

export class Uniforms {
  readonly buffer: GPUBuffer
  readonly #device: GPUDevice

  /** @param slots dispatches of a submission at most */
  constructor(device: GPUDevice, slots: number) {
    this.#device = device
    this.buffer = device.createBuffer({ size: slots * UNIFORM_SLOT, usage: BufferUsage.UNIFORM | BufferUsage.COPY_DST, label: 'uniforms' })
  }

  write(calls: readonly Call[]): void {
    const view = new DataView(new ArrayBuffer(calls.length * UNIFORM_SLOT))
    calls.forEach(({ shader, params, label }, slot) => {
      shader.params.forEach(([name, type], field) => {
        const value = params[name]
        if (value === undefined) throw new Error(`${label}: uniform ${name} of ${shader.name} is not set`)
        const at = slot * UNIFORM_SLOT + field * 4
        if (type === 'f32') view.setFloat32(at, value, true)
        else if (type === 'i32') view.setInt32(at, value, true)
        else view.setUint32(at, value, true)
      })
    })
    this.#device.queue.writeBuffer(this.buffer, 0, view.buffer)
  }
}
