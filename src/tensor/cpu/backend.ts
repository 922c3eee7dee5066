/**
 * @file The CPU backend: a queue of commands (`queue.ts`) over an engine (`engine.ts`) that holds the memory and computes.
 */
import { AdzusError, check } from '../../errors.ts'
import type { Backend, Counts, Memory, OpName, OpTable, Storage } from '../backend.ts'
import { cost, shapeOf } from '../cost.ts'
import { blockBytes } from '../pool.ts'
import { Profile } from '../profile.ts'
import type { Block, Engine, Work } from './engine.ts'
import { PlainEngine } from './plain.ts'
import { Queue } from './queue.ts'

interface BlockStorage extends Storage {
  handle: Block
}

export class CpuBackend implements Backend {
  readonly kind = 'cpu'
  readonly usesMainMemory = true
  readonly storages = new Set<Storage>()
  readonly profile = new Profile()
  readonly #engine: Engine
  readonly #queue = new Queue()
  /** Ops whose plan has been told. */
  readonly #told = new Set<string>()
  #live = 0
  #peak = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  get description(): string {
    return this.#engine.description
  }

  get maxTensorBytes(): number {
    return this.#engine.maxTensorBytes
  }

  get reach(): Backend['reach'] {
    return this.#engine.reach
  }

  get memory(): Memory {
    return { live: this.#live, peak: this.#peak, held: this.#engine.held }
  }

  get counts(): Counts {
    return { buffers: this.#engine.fetched, pipelines: 0, bindGroups: 0 }
  }

  allocate(bytes: number, label: string): Storage {
    const { maxTensorBytes } = this.#engine
    check(bytes <= maxTensorBytes, () => ({
      what: 'cpu: allocation',
      where: label,
      expected: `at most ${megabytes(maxTensorBytes)} a tensor`,
      got: megabytes(bytes),
      hint: 'Use a smaller --size.',
    }))
    const handle = this.#engine.allocate(bytes)
    if (!handle)
      throw new AdzusError({
        what: 'cpu: allocation',
        where: label,
        expected: `${megabytes(bytes)} more`,
        got: `out of memory with ${megabytes(this.#live)} in use`,
        hint: this.#engine.advice,
      })
    const counted = blockBytes(bytes)
    this.#live += counted
    this.#peak = Math.max(this.#peak, this.#live)
    const storage: BlockStorage = { handle, bytes: counted, label, shares: 0 }
    this.storages.add(storage)
    return storage
  }

  release(storage: Storage): void {
    this.storages.delete(storage)
    this.#live -= storage.bytes
    this.#engine.free((storage as BlockStorage).handle)
  }

  trim(): void {
    this.#engine.trim?.()
  }

  write(storage: Storage, offset: number, bytes: Uint8Array): void {
    const own = storage as BlockStorage
    // With nothing recorded before it, an upload may happen at once: loading a checkpoint then needs no second copy of its weights.
    if (this.#queue.idle) {
      if (this.#engine.settle) own.handle = this.#engine.settle(own.handle)
      view(own).set(bytes, offset)
    } else {
      const copy = bytes.slice()
      this.#queue.push(
        () => `write ${storage.label}`,
        () => view(own).set(copy, offset),
      )
    }
  }

  run<K extends OpName>(op: K, args: OpTable[K]): void {
    const work = this.#prepare(op, args)
    const label = () => `${op} ${shapeOf(op, args)}`
    if (work.plan && this.profile.wantsSources) this.#tellPlan(label(), work.plan())
    this.#queue.push(label, this.profile.wantsKernels ? () => this.#timed(op, args, work) : () => work.run(this.#queue.turns))
  }

  async read(storage: Storage, offset: number, bytes: number): Promise<ArrayBuffer> {
    const result = new Uint8Array(bytes)
    await this.#queue.wait(`read ${storage.label}`, () => result.set(view(storage as BlockStorage).subarray(offset, offset + bytes)))
    return result.buffer
  }

  flush(): Promise<void> {
    return this.#queue.wait('flush', () => {})
  }

  resetPeak(): void {
    this.#peak = this.#live
  }

  async dispose(): Promise<void> {
    await this.#queue.close()
    await this.#engine.dispose()
  }

  #prepare<K extends OpName>(op: K, args: OpTable[K]): Work {
    const temporaries: Storage[] = []
    try {
      return this.#engine.prepare(op, args, (bytes) => {
        const storage = this.allocate(bytes, `temporary memory of ${op}`)
        temporaries.push(storage)
        return (storage as BlockStorage).handle
      })
    } finally {
      for (const storage of temporaries) this.release(storage)
    }
  }

  async #timed<K extends OpName>(op: K, args: OpTable[K], work: Work): Promise<void> {
    const start = performance.now()
    await work.run(this.#queue.turns)
    const milliseconds = performance.now() - start
    this.profile.kernel({ name: op, label: `${op} ${shapeOf(op, args)}`, start, milliseconds, ...cost(op, args) })
  }

  /** Tells what is going to run, once for all ops of the same shapes. */
  #tellPlan(label: string, text: string): void {
    if (this.#told.has(label)) return
    this.#told.add(label)
    this.profile.source({ name: label, text })
  }
}

/** The oracle: plain TypeScript. */
export function createCpuBackend(): CpuBackend {
  return new CpuBackend(new PlainEngine())
}

function view({ handle }: BlockStorage): Uint8Array {
  return new Uint8Array(handle.buffer, handle.offset, handle.bytes)
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
