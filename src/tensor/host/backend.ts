/**
 * @file The CPU backend: a command queue (`queue.ts`) over an engine (`engine.ts`) that holds the
 * memory and computes.
 */
import { option } from '../../advice.ts'
import { AdzusError, check } from '../../errors.ts'
import { exceeding, memorySize } from '../../messages.ts'
import { type Backend, type Counts, disposed, type Memory, type OpName, type OpTable, type Storage } from '../backend.ts'
import { type Cost, cost, shapeOf } from '../cost.ts'
import { MemoryLedger } from '../memory-ledger.ts'
import { blockBytes } from '../pool.ts'
import { Profile } from '../profile.ts'
import type { Block, Engine, Work } from './engine.ts'
import { type Command, Queue } from './queue.ts'

interface BlockStorage extends Storage {
  handle: Block
}

/** An attention that was recorded last: if its map follows, both become one command. */
class Scored {
  readonly args: OpTable['attention']
  readonly command: Command
  /** Storages of its tensors. */
  readonly storages: ReadonlySet<Storage>

  constructor(args: OpTable['attention'], command: Command) {
    this.args = args
    this.command = command
    const tensors = [args.q, args.k, args.v, args.out, ...(args.stats ? [args.stats] : [])]
    this.storages = new Set(tensors.map((t) => t.storage))
  }
}

export class CpuBackend implements Backend {
  readonly kind = 'cpu'
  readonly usesMainMemory = true
  readonly profile = new Profile()
  readonly #ledger = new MemoryLedger()
  readonly #engine: Engine
  readonly #queue = new Queue()
  /** Labels of ops whose plan has been emitted. */
  readonly #told = new Set<string>()
  /** The attention that was recorded last, as long as its operands stay as they are. */
  #scored: Scored | undefined
  #disposed = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  get description(): string {
    return this.#engine.description
  }

  get note(): string | undefined {
    return this.#engine.note
  }

  get maxTensorBytes(): number {
    return this.#engine.maxTensorBytes
  }

  get addressLimit(): Backend['addressLimit'] {
    return this.#engine.addressLimit
  }

  get memory(): Memory {
    return this.#ledger.memory(this.#engine.held)
  }

  get storages(): ReadonlySet<Storage> {
    return this.#ledger.storages
  }

  get counts(): Counts {
    return { buffers: this.#engine.fetched, pipelines: 0, bindGroups: 0 }
  }

  allocate(bytes: number, label: string): Storage {
    this.#checkInUse()
    const { maxTensorBytes } = this.#engine
    check(bytes <= maxTensorBytes, () => ({
      what: 'cpu: allocation',
      where: label,
      expected: `at most ${memorySize(maxTensorBytes)} a tensor`,
      got: exceeding(bytes, maxTensorBytes),
      hint: `Use a smaller ${option('size')}.`,
    }))
    const handle = this.#engine.allocate(bytes)
    if (!handle)
      throw new AdzusError({
        what: 'cpu: allocation',
        where: label,
        expected: `${memorySize(bytes)} more`,
        got: `out of memory with ${memorySize(this.#ledger.live)} in use`,
        hint: this.#engine.advice,
      })
    return this.#ledger.add(handle, blockBytes(bytes), label)
  }

  release(storage: Storage): void {
    if (this.#scored?.storages.has(storage)) this.#scored = undefined
    this.#ledger.remove(storage)
    this.#engine.free((storage as BlockStorage).handle)
  }

  trim(): void {
    this.#engine.trim?.()
  }

  write(storage: Storage, offset: number, bytes: Uint8Array): void {
    if (this.#scored?.storages.has(storage)) this.#scored = undefined
    const own = storage as BlockStorage
    // With nothing recorded before it, an upload may happen at once: loading a checkpoint then
    // needs no second copy of its weights.
    if (this.#queue.idle) {
      if (this.#engine.settle) own.handle = this.#engine.settle(own.handle)
      this.#view(own, 'write').set(bytes, offset)
    } else {
      const copy = bytes.slice()
      this.#queue.push(
        () => `write ${storage.label}`,
        () => this.#view(own, 'write').set(copy, offset),
      )
    }
  }

  run<K extends OpName>(op: K, args: OpTable[K]): void {
    const scored = this.#scored
    // A map may be made ready between an attention and what it adds to it.
    if (op !== 'fill' || scored?.storages.has(args.out.storage)) this.#scored = undefined
    if (op === 'attentionMap' && scored && this.#runFused(scored, args as OpTable['attentionMap'])) return
    const label = () => `${op} ${shapeOf(op, args)}`
    const work = this.#prepare(op, (temporary) => this.#engine.prepare(op, args, temporary))
    const command = this.#record(op, label, () => cost(op, args), work)
    if (op === 'attention' && this.#engine.prepareFused) this.#scored = new Scored(args as OpTable['attention'], command)
  }

  async read(storage: Storage, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.#checkInUse()
    const result = new Uint8Array(bytes)
    const copy = () => result.set(this.#view(storage as BlockStorage, 'read').subarray(offset, offset + bytes))
    await this.#queue.wait(`read ${storage.label}`, copy)
    return result.buffer
  }

  async flush(): Promise<void> {
    this.#checkInUse()
    return this.#queue.wait('flush', () => {})
  }

  resetPeak(): void {
    this.#ledger.resetPeak()
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#queue.close()
    await this.#engine.dispose()
  }

  /** A storage's bytes, in the order of its tensor. */
  #view({ handle }: BlockStorage, access: 'read' | 'write'): Uint8Array {
    this.#engine.beforeAccess?.(handle, access)
    return new Uint8Array(handle.buffer, handle.offset, handle.bytes)
  }

  #checkInUse(): void {
    check(!this.#disposed, () => disposed('cpu'))
  }

  /** An `attention` that has not begun yet and its map, recorded last, become one command. */
  #runFused({ args, command }: Scored, map: OpTable['attentionMap']): boolean {
    if (map.q !== args.q || map.k !== args.k || map.stats !== args.stats) return false
    const name = 'attentionWithMap'
    const work = this.#prepare(name, (temporary) => this.#engine.prepareFused!(args, map, temporary))
    if (!work || !this.#queue.withdraw(command)) return false
    const costs = () => {
      const [own, more] = [cost('attention', args), cost('attentionMap', map)]
      return { flops: own.flops + more.flops, bytes: own.bytes + more.bytes }
    }
    this.#record(name, () => `${name} ${shapeOf('attentionMap', map)}`, costs, work)
    return true
  }

  #record(name: string, label: () => string, costs: () => Cost, work: Work): Command {
    if (work.plan && this.profile.wantsSources) this.#tellPlan(label(), work.plan())
    const timed = () => this.#timed(name, label(), costs(), work)
    return this.#queue.push(label, this.profile.wantsKernels ? timed : () => work.run(this.#queue.yieldBudget))
  }

  #prepare<W extends Work | undefined>(op: string, prepare: (temporary: (bytes: number) => Block) => W): W {
    const temporaries: Storage[] = []
    try {
      return prepare((bytes) => {
        const storage = this.allocate(bytes, `temporary memory of ${op}`)
        temporaries.push(storage)
        return (storage as BlockStorage).handle
      })
    } finally {
      for (const storage of temporaries) this.release(storage)
    }
  }

  async #timed(name: string, label: string, costs: Cost, work: Work): Promise<void> {
    const start = performance.now()
    await work.run(this.#queue.yieldBudget)
    const milliseconds = performance.now() - start
    this.profile.kernel({ name, label, start, milliseconds, ...costs })
  }

  /** Emits a source event about what is going to run, once for all ops of the same shapes. */
  #tellPlan(label: string, text: string): void {
    if (this.#told.has(label)) return
    this.#told.add(label)
    this.profile.source({ name: label, text })
  }
}
