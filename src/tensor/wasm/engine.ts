/**
 * @file The CPU's engine on WebAssembly SIMD: tensors are ranges of one WebAssembly memory, ops are
 * jobs for all threads (`kernel.ts`). The modules are assembled here, at start, for what the
 * runtime has.
 *
 * 32-bit addresses reach 4 GiB, which a large checkpoint alone exceeds. Weights beyond WEIGHT_BYTES
 * therefore stay in array buffers of their own, and are copied in for the time of the op that reads
 * them: one at a time, at the speed of memory, which is little beside computing with them.
 */
import { inPage, option } from '../../advice.ts'
import type { OpName, OpTable } from '../backend.ts'
import type { Block, Engine, Work } from '../host/engine.ts'
import { blockOf } from '../host/memory.ts'
import { Tensor } from '../tensor.ts'
import { Heap } from './heap.ts'
import { argmaxMaps } from './host-ops/argmax-maps.ts'
import * as moves from './host-ops/moves.ts'
import { reduce } from './host-ops/reduce.ts'
import { describeStep, type Step } from './kernel.ts'
import { HEAP } from './layout.ts'
import { assemble, hasRelaxedSimd, hasSimd, kernels } from './library.ts'
import { attentionWithMap } from './lowering/attention.ts'
import type { Lowering, LoweringContext } from './lowering/context.ts'
import { lowerings } from './lowering/index.ts'
import type { WasmOptions } from './options.ts'
import { type Host, ThreadPool } from './thread-pool.ts'
import { WeightPanels, type WeightShape } from './weight-panels.ts'

const WEIGHT_BYTES = 1.5 * 2 ** 30
/** The share of weights in a memory that ends sooner. */
const WEIGHT_SHARE = 3 / 8
/** Smaller weights always lie inside. */
const LARGE = 2 ** 20
const PAGE = 65536
const MAX_BYTES = 2 ** 31 - 16

/** Ops in plain TypeScript where no lowering takes them: they move or compare numbers. */
const HOST_OPS: { [K in OpName]?: (args: OpTable[K]) => void } = { ...moves, argmaxMaps, reduce }

/** A block of the heap, inside the WebAssembly memory. */
class HeapBlock implements Block {
  readonly offset: number
  readonly bytes: number
  readonly #heap: Heap

  constructor(heap: Heap, { address, bytes }: { address: number; bytes: number }) {
    this.#heap = heap
    this.offset = address
    this.bytes = bytes
  }

  get buffer(): ArrayBufferLike {
    return this.#heap.memory.buffer
  }
}

/** The engine over one memory, one heap and one thread pool; `open` makes it. */
export class WasmEngine implements Engine {
  readonly maxTensorBytes = MAX_BYTES
  readonly advice: string
  readonly addressLimit: { bytes: number; weights: number }
  readonly #heap: Heap
  readonly #pool: ThreadPool
  readonly #panels = new WeightPanels()
  /** Why some threads did not start, where that is known from the start. */
  readonly #note: string | undefined
  #outside = 0
  #settled = 0
  #inUse = 0

  private constructor(heap: Heap, pool: ThreadPool, addressLimit: { bytes: number; weights: number }, note?: string) {
    this.#note = note
    this.addressLimit = addressLimit
    this.#heap = heap
    this.#pool = pool
    this.advice = `WebAssembly memory ends at ${Number((addressLimit.bytes / 2 ** 30).toFixed(1))} GiB: use a smaller ${option('size')}.`
  }

  /** Opens an engine, or says which feature is missing. */
  static async open(
    host: Host,
    { threads, relaxed = true, weightBytes = WEIGHT_BYTES }: WasmOptions = {},
  ): Promise<WasmEngine | { missing: string }> {
    if (!hasSimd()) return { missing: 'this runtime has no WebAssembly SIMD' }
    if (relaxed && !hasRelaxedSimd()) host.allowRelaxedSimd()
    const wanted = Math.max(1, Math.floor(threads ?? host.cores()))
    const pages = host.wasmPages()
    const memory = pages === 0 ? undefined : (wanted > 1 && memoryOf(pages, true)) || memoryOf(pages, false)
    if (!memory)
      return {
        missing: inPage()
          ? 'the browser has no room for WebAssembly (close other tabs)'
          : 'the limit of address space (ulimit -v) leaves no room for WebAssembly (raise it to 24 GiB, or set NODE_OPTIONS=--disable-wasm-trap-handler)',
      }
    const shared = !(memory.buffer instanceof ArrayBuffer)
    const some = shared ? wanted : 1
    const compiling = WebAssembly.compile(assemble({ relaxed: relaxed && hasRelaxedSimd(), shared }))
    const [module, fault] = await Promise.all([compiling, some > 1 ? host.threadFault() : undefined])
    const heap = new Heap(memory, HEAP)
    const names = kernels.map(({ name }) => name)
    const pool = new ThreadPool(host, heap, module, names, fault === undefined ? some : 1)
    const bytes = pages * PAGE
    const note = fault && `${some - 1} of ${some} threads did not start: ${fault}`
    return new WasmEngine(heap, pool, { bytes, weights: Math.min(weightBytes, WEIGHT_SHARE * bytes) }, note)
  }

  get description(): string {
    const { running } = this.#pool
    return `CPU (WebAssembly SIMD, ${running} thread${running === 1 ? '' : 's'})`
  }

  get note(): string | undefined {
    const { failure, running, threads } = this.#pool
    return this.#note ?? (failure && `${threads - running} of ${threads} threads did not start: ${failure}`)
  }

  get held(): number {
    return this.#heap.held + this.#outside
  }

  get fetched(): number {
    return this.#heap.growths + this.#settled
  }

  allocate(bytes: number): Block | undefined {
    const range = this.#heap.allocate(bytes)
    if (!range) return undefined
    this.#inUse += range.bytes
    return new HeapBlock(this.#heap, range)
  }

  free(block: Block): void {
    if (block instanceof HeapBlock) {
      this.#inUse -= block.bytes
      this.#heap.free(block.offset, block.bytes)
    } else this.#outside -= block.bytes
  }

  settle(block: Block): Block {
    if (!(block instanceof HeapBlock) || block.bytes < LARGE || this.#inUse < this.addressLimit.weights) return block
    this.free(block)
    this.#outside += block.bytes
    this.#settled++
    return { buffer: new ArrayBuffer(block.bytes), offset: 0, bytes: block.bytes }
  }

  prepare<K extends OpName>(op: K, args: OpTable[K], temporary: (bytes: number) => Block): Work {
    const lower = lowerings[op] as Lowering<K> | undefined
    const operands = tensorsOf(args)
    const moved = new Map<Tensor, Block>()
    for (const tensor of operands) if (lower && !(blockOf(tensor) instanceof HeapBlock)) moved.set(tensor, temporary(tensor.bytes))
    const context = this.#context(operands, temporary, moved)
    const steps = lower?.(args, context)
    if (!steps)
      return {
        run: () => {
          this.#restore(operands)
          return runPlain(op, args)
        },
      }
    const copy = (from: Block, to: Block, bytes: number) => () => view(to).set(view(from).subarray(0, bytes))
    const copyIn = [...moved].map(([tensor, block]) => copy(blockOf(tensor), block, tensor.bytes))
    const { out } = args
    const result = moved.get(out)
    const copyOut = result ? [copy(result, blockOf(out), out.bytes)] : []
    return this.#work([...copyIn, ...steps, ...copyOut], context.byRows)
  }

  prepareFused(attention: OpTable['attention'], map: OpTable['attentionMap'], temporary: (bytes: number) => Block): Work | undefined {
    const tensors = tensorsOf({ ...attention, ...map, result: attention.out })
    if (tensors.some((tensor) => !(blockOf(tensor) instanceof HeapBlock))) return undefined
    const steps = attentionWithMap(attention, map, this.#context(tensors, temporary))
    return steps && this.#work(steps, tensors)
  }

  beforeAccess(block: Block, access: 'read' | 'write'): void {
    if (access === 'write') this.#panels.written(block)
    else this.#panels.restore(block)
  }

  /** Puts the numbers of tensors by rows, where they are in panels. */
  #restore(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.#panels.restore(blockOf(tensor))
  }

  /**
   * The context of an op with these operands; `byRows` are those that it does not read as weights.
   *
   * @param moved blocks inside the memory for tensors that lie outside, for the time of the op
   */
  #context(
    operands: readonly Tensor[],
    temporary: (bytes: number) => Block,
    moved?: ReadonlyMap<Tensor, Block>,
  ): LoweringContext & { byRows: Tensor[] } {
    const context = {
      byRows: [...operands],
      threads: this.#pool.threads,
      address: (tensor?: Tensor) => (tensor ? (moved?.get(tensor) ?? blockOf(tensor)).offset : 0),
      temporary: (bytes: number) => temporary(bytes).offset,
      weight: (tensor: Tensor) => {
        const block = blockOf(tensor)
        if (!(block instanceof HeapBlock) || operands.filter((other) => blockOf(other) === block).length > 1) return undefined
        context.byRows = operands.filter((other) => other !== tensor)
        return (shape: WeightShape) => this.#panels.use(block, shape)
      },
      memory: this.#heap.memory,
    }
    return context
  }

  /** The steps of an op that reads these operands by rows. */
  #work(steps: readonly Step[], byRows: readonly Tensor[]): Work {
    return {
      run: (budget) => {
        this.#restore(byRows)
        return this.#pool.run(steps, budget)
      },
      plan: () => steps.map(describeStep).join('\n'),
    }
  }

  async dispose(): Promise<void> {
    await this.#pool.dispose()
    this.#heap.close()
  }
}

/** An op in plain TypeScript. The oracle, which is slow, is loaded for shapes of no known model. */
function runPlain<K extends OpName>(op: K, args: OpTable[K]): void | Promise<void> {
  const own = HOST_OPS[op]
  return own ? own(args) : import('../cpu/plain.ts').then(({ plainKernels }) => plainKernels[op](args))
}

function tensorsOf(args: object): Tensor[] {
  return Object.values(args).filter((value) => value instanceof Tensor)
}

function view({ buffer, offset, bytes }: Block): Uint8Array {
  return new Uint8Array(buffer, offset, bytes)
}

/**
 * A memory that may become so large and that threads can share, or not; undefined where there is no
 * such thing.
 */
function memoryOf(maximum: number, shared: boolean): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: 256, maximum, shared })
  } catch {
    return undefined
  }
}
