/**
 * @file Timestamp queries: the device's own clock before and after each dispatch of one submission,
 * told on the host's (`host-clock.ts`). Resolution is the adapter's; a negative difference (the
 * clock was reset) counts as 0.
 */
import type { Span } from '../profile.ts'
import { BufferUsage, MAP_READ } from './flags.ts'
import { HostClock } from './host-clock.ts'

export class Timer {
  /** How many buffers it has made. */
  readonly buffers = 2
  readonly #device: GPUDevice
  readonly #queries: GPUQuerySet
  readonly #resolved: GPUBuffer
  readonly #staging: GPUBuffer
  readonly #clock = new HostClock()

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

  /**
   * When each dispatch ran of the submission that was resolved last, and handed over at
   * `submitted`.
   */
  async read(count: number, submitted: number): Promise<Span[]> {
    await this.#device.queue.onSubmittedWorkDone()
    const done = performance.now()
    await this.#staging.mapAsync(MAP_READ)
    const times = new BigInt64Array(this.#staging.getMappedRange(0, count * 16).slice(0))
    this.#staging.unmap()
    return this.#clock.spans(times, submitted, done)
  }

  destroy(): void {
    this.#queries.destroy()
    this.#resolved.destroy()
    this.#staging.destroy()
  }
}
