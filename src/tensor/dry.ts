/**
 * @file A dry run: a backend that computes nothing, but follows a computation by its shapes and
 * keeps count. So the memory that a model needs on a device is known before a byte of its weights
 * is read, and where the work lies without doing it.
 *
 * It stands for a real backend: the temporaries of WebGPU's or WebAssembly's kernels count,
 * whichever are to be used, and blocks wait in the very pool that a device has. Reads give zeros,
 * so what depends on values (the merging) cannot be followed.
 */
import type { Shader } from '../shaders/kernel.ts'
import type { Backend, Counts, DryRun, Memory, OpName, OpTable, Storage } from './backend.ts'
import { Choices } from './choices.ts'
import { type Cost, cost, shapeOf } from './cost.ts'
import { MemoryLedger } from './memory-ledger.ts'
import { Pool } from './pool.ts'
import { Profile } from './profile.ts'
import type { Shape } from './shape.ts'
import { Tensor } from './tensor.ts'
import type { Traits } from './traits.ts'
import type { Question } from './tuner.ts'
import { Heap, PAGE } from './wasm/heap.ts'
import type { Lowering, LoweringContext } from './wasm/lowering/context.ts'
import { lowerings } from './wasm/lowering/index.ts'
import { kernels } from './webgpu/kernels.ts'

/** One op of a computation. */
export interface Step extends Cost {
  /** The stage that the caller had set. */
  stage: string
  op: OpName
  /** Shapes of the operands and the result, as text. */
  shape: string
  /** The layer by the path of its first weight; empty for an op without weights. */
  layer: string
  /** Bytes of all tensors that exist while it runs, weights and the kernels' own included. */
  live: number
}

/** The backend that a dry run stands for: an open one, or a description of one. */
export type DryTarget = Pick<Backend, 'kind' | 'maxTensorBytes' | 'traits'> & { tuning?: { choices: Choices } }

export class DryBackend implements Backend {
  readonly kind: Backend['kind']
  readonly description = 'dry run'
  readonly usesMainMemory = false
  readonly maxTensorBytes: number
  readonly profile = new Profile()
  readonly dryRun: DryRun = { addWeight: (storage) => this.#weights.add(storage) }
  /** The largest tensor so far. */
  largest: { bytes: number; label: string } = { bytes: 0, label: '' }
  /** Tensors so far, and their bytes together. */
  allocated = { count: 0, bytes: 0 }
  /** The most that was held so far. */
  mostHeld = 0
  /** Ops recorded so far. */
  steps: Step[] = []
  /** The stage of the steps to come; set by the caller. */
  stage = ''
  /** Which kernels had to be chosen among several, by what is computed. */
  readonly questions = new Map<string, Question>()
  /** Shown the kernel of every dispatch. */
  onKernel: (kernel: Shader) => void = () => {}
  readonly #ledger = new MemoryLedger()
  /** Storages that stand for weights. */
  readonly #weights = new WeakSet<Storage>()
  readonly #traits: Traits
  readonly #choices: Choices
  readonly #blocks: Blocks

  constructor({ kind, maxTensorBytes, traits, tuning }: DryTarget) {
    this.kind = kind
    this.#choices = tuning?.choices ?? new Choices()
    this.#traits = traits ?? { lanes: 0, software: false, half: false }
    this.maxTensorBytes = maxTensorBytes
    this.#blocks = kind === 'webgpu' ? new Pool<object>({ create: () => ({}), destroy: () => {} }) : new DryHeap()
  }

  get memory(): Memory {
    return this.#ledger.memory(this.#blocks.held)
  }

  get storages(): ReadonlySet<Storage> {
    return this.#ledger.storages
  }

  get counts(): Counts {
    return { buffers: this.#blocks.created, pipelines: 0, bindGroups: 0 }
  }

  allocate(bytes: number, label: string): Storage {
    if (bytes > this.largest.bytes) this.largest = { bytes, label }
    const storage = this.#ledger.add(this.#blocks.take(bytes, label), bytes, label)
    this.allocated = { count: this.allocated.count + 1, bytes: this.allocated.bytes + bytes }
    this.mostHeld = Math.max(this.mostHeld, this.#blocks.held)
    return storage
  }

  release(storage: Storage): void {
    this.#ledger.remove(storage)
    this.#blocks.give(storage.handle as object)
  }

  trim(): void {
    this.#blocks.drain()
  }

  write(): void {}

  run<K extends OpName>(op: K, args: OpTable[K]): void {
    const temporaries: Tensor[] = []
    const temporary = (shape: Shape) => {
      const tensor = Tensor.empty(this, shape, 'f32', `temporary of ${op}`)
      temporaries.push(tensor)
      return tensor
    }
    const work = cost(op, args)
    if (this.kind === 'webgpu')
      kernels[op](args, {
        traits: this.#traits,
        maxTensorBytes: this.maxTensorBytes,
        choose: (key, candidates) => {
          const flops = (this.questions.get(key)?.flops ?? 0) + work.flops
          if (candidates.length > 1) this.questions.set(key, { key, op, args, candidates, flops })
          return this.#choices.known(key, candidates)
        },
        dispatch: ({ shader }) => this.onKernel(shader),
        temporary,
      })
    else {
      const lower: Lowering<K> | undefined = lowerings[op]
      lower?.(
        args,
        dryContext((bytes) => temporary([Math.ceil(bytes / 4)])),
      )
    }
    this.steps.push({ stage: this.stage, op, shape: shapeOf(op, args), layer: this.#layer(args), live: this.#ledger.live, ...work })
    for (const tensor of temporaries) tensor.dispose()
  }

  async read(_storage: Storage, _offset: number, bytes: number): Promise<ArrayBuffer> {
    return new ArrayBuffer(bytes)
  }

  async flush(): Promise<void> {}

  resetPeak(): void {
    this.#ledger.resetPeak()
  }

  async dispose(): Promise<void> {}

  #layer(args: object): string {
    const operands = Object.values(args).filter((v) => v instanceof Tensor)
    const path = operands.find((t) => this.#weights.has(t.storage))?.storage.label ?? ''
    return path.slice(0, Math.max(0, path.lastIndexOf('.')))
  }
}

/** A context in which ops are lowered for the WebAssembly engine without a memory. */
function dryContext(allocate: (bytes: number) => void): LoweringContext {
  return {
    threads: 1,
    address: () => 0,
    weight: () => undefined,
    temporary: (bytes) => {
      allocate(bytes)
      return 0
    },
    get memory(): never {
      throw new Error('a dry run has no memory')
    },
  }
}

/** The source of blocks: the part of a pool that a dry run uses. */
type Blocks = Pick<Pool<object>, 'held' | 'created' | 'take' | 'give' | 'drain'>

/**
 * The heap of a WebAssembly memory without memory. Blocks that find no room in it are counted
 * apart.
 */
class DryHeap implements Blocks {
  readonly #heap: Heap<{ buffer: { byteLength: number }; grow(pages: number): number }>
  #outside = 0

  constructor() {
    const buffer = { byteLength: PAGE }
    const grow = (pages: number) => {
      const before = buffer.byteLength / PAGE
      buffer.byteLength += pages * PAGE
      return before
    }
    this.#heap = new Heap({ buffer, grow }, 0)
  }

  get held(): number {
    return this.#heap.held + this.#outside
  }

  get created(): number {
    return this.#heap.growths
  }

  take(bytes: number): object {
    const range = this.#heap.allocate(bytes)
    if (!range) this.#outside += bytes
    return range ?? { address: -1, bytes }
  }

  give(handle: object): void {
    const { address, bytes } = handle as { address: number; bytes: number }
    if (address < 0) this.#outside -= bytes
    else this.#heap.free(address, bytes)
  }

  drain(): void {}
}
