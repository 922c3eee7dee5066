/**
 * @file Timestamp queries: the device's own clock before and after each dispatch of one submission.
 * Resolution is the adapter's; a negative difference (the clock was reset) counts as 0.
 */
import { BufferUsage, MAP_READ } from './flags.ts'

export class Timer {
  /** How many buffers it has made. */
  readonly buffers = 2
  readonly #device: GPUDevice
  readonly #queries: GPUQuerySet
  readonly #resolved: GPUBuffer
  readonly #staging: GPUBuffer

  /** `capacity`: dispatches of one submission. */
  constructor(device: GPUDevice, capacity: number) {
    this.#device = device
    this.#queries = device.createQuerySet({ type: 'timestamp', count: capacity * 2 })
    this.#resolved = device.createBuffer({
      size: capacity * 16,
      usage: BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC,
      label: 'timestamps',
    })
    this.#staging = device.createBuffer({
      size: capacity * 16,
      usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
      label: 'timestamps, host',
    })
  }

  writes(i: number): GPUComputePassTimestampWrites {
    return { querySet: this.#queries, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 }
  }

  resolve(encoder: GPUCommandEncoder, count: number): void {
    encoder.resolveQuerySet(this.#queries, 0, 2 * count, this.#resolved, 0)
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, count * 16)
  }

  /** Milliseconds of each dispatch of the submission that was resolved last. */
  async read(count: number): Promise<number[]> {
    await this.#device.queue.onSubmittedWorkDone()
    await this.#staging.mapAsync(MAP_READ)
    const times = new BigInt64Array(this.#staging.getMappedRange(0, count * 16).slice(0))
    this.#staging.unmap()
    return Array.from({ length: count }, (_, i) => Math.max(0, Number(times[2 * i + 1]! - times[2 * i]!) / 1e6))
  }

  destroy(): void {
    this.#queries.destroy()
    this.#resolved.destroy()
    this.#staging.destroy()
  }
}
