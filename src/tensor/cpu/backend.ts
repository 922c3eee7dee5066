/**
 * @file The CPU backend: plain TypeScript over typed arrays. It is the oracle that every WGSL kernel is tested against, and what runs where there is no
 * WebGPU adapter.
 *
 * Writes, ops, reads and flushes are commands of one queue. The queue runs, in order, while somebody waits for it, and gives the event loop a turn every
 * few dozen milliseconds, so that progress and abort signals get through. A command that fails takes all commands behind it along.
 */
import { AdzusError, check } from '../../errors.ts'
import type { Backend, Memory, OpName, OpTable, Storage } from '../backend.ts'
import { cost, shapeOf } from '../cost.ts'
import { Pool } from '../pool.ts'
import { Profile } from '../profile.ts'
import { attention, attentionMap } from './attention.ts'
import { conv2d } from './conv.ts'
import * as element from './elementwise.ts'
import * as layout from './layout.ts'
import { aggregateMap, argmaxMaps } from './maps.ts'
import { matmul } from './matmul.ts'
import { groupNorm, layerNorm } from './norm.ts'
import { reduce, rowDot } from './reduce.ts'
import { softmax } from './softmax.ts'

/** Every op of the table. */
const kernels: { [K in OpName]: (args: OpTable[K]) => void } = {
  matmul,
  conv2d,
  groupNorm,
  layerNorm,
  softmax,
  attention,
  attentionMap,
  ...element,
  ...layout,
  reduce,
  rowDot,
  aggregateMap,
  argmaxMaps,
}

/** Milliseconds of work between two turns of the event loop. */
const TURN = 50
/** Byte offsets up to here are 32-bit integers, on which engines keep their fast paths; some browsers allow no larger array buffer either. */
const MAX_BYTES = 2 ** 31 - 16

interface Command {
  label: () => string
  run: () => void
  /** Somebody waits for this command. It hears of its end, or of the failure of a command before it. */
  waiter?: { resolve: () => void; reject: (error: Error) => void }
}

export class CpuBackend implements Backend {
  readonly kind = 'cpu'
  readonly description = 'CPU (TypeScript)'
  readonly usesMainMemory = true
  readonly maxTensorBytes = MAX_BYTES
  readonly memory: Memory = { live: 0, peak: 0, held: 0 }
  readonly storages = new Set<Storage>()
  readonly profile = new Profile()
  readonly #pool = new Pool<ArrayBuffer>((_, bytes) => {
    this.memory.held -= bytes
  })
  #queue: Command[] = []
  /** Commands in the queue that somebody waits for. */
  #waiting = 0
  /** The run in progress. */
  #running: Promise<void> | undefined
  /** Why commands were dropped that nobody waited for; the next one to wait must hear of it. */
  #failure: Error | undefined

  allocate(bytes: number, label: string): Storage {
    check(bytes <= MAX_BYTES, () => ({
      what: 'cpu: allocation',
      where: label,
      expected: `at most ${megabytes(MAX_BYTES)} a tensor`,
      got: megabytes(bytes),
      hint: 'Use a smaller --size.',
    }))
    const size = Math.max(16, Math.ceil(bytes / 16) * 16)
    const block = this.#pool.take(size) ?? this.#create(size, label)
    this.memory.live += block.bytes
    this.memory.peak = Math.max(this.memory.peak, this.memory.live)
    const storage = { handle: block.handle, bytes: block.bytes, label, shares: 0 }
    this.storages.add(storage)
    return storage
  }

  release(storage: Storage): void {
    this.storages.delete(storage)
    this.memory.live -= storage.bytes
    this.#pool.give(storage.handle as ArrayBuffer, storage.bytes)
  }

  write(storage: Storage, offset: number, bytes: Uint8Array): void {
    const target = new Uint8Array(storage.handle as ArrayBuffer)
    // With nothing recorded before it, an upload may happen at once: loading a checkpoint then needs no second copy of its weights.
    if (this.#queue.length === 0 && !this.#running) target.set(bytes, offset)
    else {
      const copy = bytes.slice()
      this.#queue.push({ label: () => `write ${storage.label}`, run: () => target.set(copy, offset) })
    }
  }

  run<K extends OpName>(op: K, args: OpTable[K]): void {
    const label = () => `${op} ${shapeOf(op, args)}`
    if (!this.profile.enabled) this.#queue.push({ label, run: () => kernels[op](args) })
    else this.#queue.push({ label, run: () => this.#timed(op, args) })
  }

  async read(storage: Storage, offset: number, bytes: number): Promise<ArrayBuffer> {
    let result: ArrayBuffer | undefined
    await this.#wait(`read ${storage.label}`, () => {
      result = (storage.handle as ArrayBuffer).slice(offset, offset + bytes)
    })
    return result!
  }

  flush(): Promise<void> {
    return this.#wait('flush', () => {})
  }

  resetPeak(): void {
    this.memory.peak = this.memory.live
  }

  async dispose(): Promise<void> {
    await this.#running
    this.#queue = []
    this.#pool.drain()
  }

  /** Records a command and runs the queue up to it. */
  #wait(label: string, run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ label: () => label, run, waiter: { resolve, reject } })
      this.#waiting++
      this.#running ??= this.#drain()
    })
  }

  /** Runs commands until nobody waits for one. Never rejects: failures go to the waiters. */
  async #drain(): Promise<void> {
    // The caller goes on recording first, as with any other asynchronous device.
    await Promise.resolve()
    let turn = performance.now()
    for (let next = 0; this.#waiting > 0; ) {
      const { label, run, waiter } = this.#queue[next++]
      try {
        if (this.#failure) throw this.#failure
        run()
      } catch (cause) {
        this.#fail(cause === this.#failure ? this.#failure! : describe(label(), cause), next - 1)
        break
      }
      if (waiter) {
        this.#queue.splice(0, next)
        next = 0
        this.#waiting--
        waiter.resolve()
      }
      if (performance.now() - turn > TURN) {
        await macrotask()
        turn = performance.now()
      }
    }
    this.#running = undefined
  }

  /** Empties the queue from the failed command on and tells everybody who waits there; the rest of the queue has run. */
  #fail(error: Error, failed: number): void {
    const dropped = this.#queue.slice(failed)
    this.#queue = []
    this.#waiting = 0
    for (const { waiter } of dropped) waiter?.reject(error)
    this.#failure = dropped.at(-1)?.waiter ? undefined : error
  }

  #timed<K extends OpName>(op: K, args: OpTable[K]): void {
    const start = performance.now()
    kernels[op](args)
    const { flops, bytes } = cost(op, args)
    this.profile.record(op, performance.now() - start, flops, bytes)
  }

  #create(bytes: number, label: string): { handle: ArrayBuffer; bytes: number } {
    let handle: ArrayBuffer
    try {
      handle = new ArrayBuffer(bytes)
    } catch {
      // What waits in the pool may be what is missing.
      this.#pool.drain()
      try {
        handle = new ArrayBuffer(bytes)
      } catch (cause) {
        throw new AdzusError(
          {
            what: 'cpu: allocation',
            where: label,
            expected: `${megabytes(bytes)} more`,
            got: `out of memory with ${megabytes(this.memory.live)} in use`,
            hint: 'Use a smaller --size or a machine with more memory.',
          },
          { cause },
        )
      }
    }
    this.memory.held += bytes
    return { handle, bytes }
  }
}

export function createCpuBackend(): CpuBackend {
  return new CpuBackend()
}

function describe(label: string, cause: unknown): Error {
  return new Error(`cpu: ${label} failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

/** Lets the event loop take a turn. A message, since timers are slowed down to one a second in background tabs. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}
