/** @file The buffers of tensors and of readings, and whether there was memory for them. */
import { Pool } from '../pool.ts'
import { BufferUsage } from './flags.ts'

/** Bytes of buffers that wait for the next reading. */
const MAX_READINGS = 64 * 2 ** 20
const TENSOR_USAGE = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST

interface Events {
  /** There was no memory for a buffer of a tensor. */
  missing: (bytes: number, label: string) => void
  /** A tensor's buffer is no longer wanted; recorded commands may still refer to it. */
  destroy: (buffer: GPUBuffer) => void
}

export class Buffers {
  readonly tensors: Pool<GPUBuffer>
  /** Any buffer that is large enough may take a reading: it is never bound. */
  readonly readings: Pool<GPUBuffer>
  /** Resolves when it is known of every buffer whether there was memory for it. */
  checked: Promise<unknown> = Promise.resolve()

  constructor(device: GPUDevice, { missing, destroy }: Events) {
    const create = (size: number, label: string) => {
      device.pushErrorScope('out-of-memory')
      const buffer = device.createBuffer({ size, usage: TENSOR_USAGE, label })
      const found = device.popErrorScope().then((error) => {
        if (error) missing(size, label)
      })
      // A lost device is reported by its own promise.
      this.checked = Promise.all([this.checked, found.catch(() => {})])
      return buffer
    }
    this.tensors = new Pool<GPUBuffer>({ create, destroy })
    this.readings = new Pool<GPUBuffer>(
      {
        create: (size) => device.createBuffer({ size, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST, label: 'readback' }),
        destroy: (buffer) => buffer.destroy(),
      },
      { cap: MAX_READINGS, slack: Infinity },
    )
  }

  /** How many there were. */
  get created(): number {
    return this.tensors.created + this.readings.created
  }

  /** Gives back what waits for being used again. */
  drain(): void {
    this.tensors.drain()
    this.readings.drain()
  }
}
