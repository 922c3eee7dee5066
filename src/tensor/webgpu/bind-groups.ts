/**
 * @file Bind groups, made once for a layout and the buffers in it. Uniforms have a dynamic offset,
 * so a replayed shape finds its bind group again.
 */
import { UNIFORM_SLOT } from './pipelines.ts'

/** Groups kept; those that were not met for longest are dropped. An SDXL pass needs about 3,000. */
const MOST = 16384

/** So many bytes of a buffer, from its beginning. */
export interface Bound {
  buffer: GPUBuffer
  size: number
}

export class BindGroups {
  /** How many have been made so far. */
  made = 0
  readonly #device: GPUDevice
  readonly #uniforms: GPUBuffer
  readonly #groups = new Map<string, GPUBindGroup>()
  readonly #ids = new Map<GPUBuffer, number>()
  #nextId = 0

  /** @param uniforms the buffer at binding 0 of every group */
  constructor(device: GPUDevice, uniforms: GPUBuffer) {
    this.#device = device
    this.#uniforms = uniforms
  }

  get(layout: GPUBindGroupLayout, buffers: readonly Bound[]): GPUBindGroup {
    const key = [layout.label, ...buffers.map(({ buffer, size }) => `${this.#id(buffer)}:${size}`)].join()
    let group = this.#groups.get(key)
    // Behind all others again: the first one is the one that was not met for longest.
    if (group) this.#groups.delete(key)
    else {
      this.made++
      group = this.#device.createBindGroup({
        layout,
        entries: [
          { binding: 0, resource: { buffer: this.#uniforms, size: UNIFORM_SLOT } },
          ...buffers.map(({ buffer, size }, i) => ({ binding: i + 1, resource: { buffer, size } })),
        ],
      })
      if (this.#groups.size >= MOST) this.#groups.delete(this.#groups.keys().next().value!)
    }
    this.#groups.set(key, group)
    return group
  }

  /** Drops the groups of a buffer that will be destroyed. */
  forget(buffer: GPUBuffer): void {
    const id = this.#ids.get(buffer)
    if (id === undefined) return
    this.#ids.delete(buffer)
    for (const key of this.#groups.keys()) {
      const parts = key.split(',')
      if (parts.some((part) => part.startsWith(`${id}:`))) this.#groups.delete(key)
    }
  }

  #id(buffer: GPUBuffer): number {
    let id = this.#ids.get(buffer)
    if (id === undefined) {
      id = this.#nextId++
      this.#ids.set(buffer, id)
    }
    return id
  }
}
