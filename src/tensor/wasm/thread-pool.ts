/**
 * @file The thread pool of a backend: the caller's own thread and workers over the same memory.
 * Workers start once there has been enough to do, so that short work does not wait for them, and
 * they join whenever they are ready.
 */
import type { YieldBudget } from '../host/queue.ts'
import type { Heap } from './heap.ts'
import type { Job, Step } from './kernel.ts'
import { ARGUMENTS, CLOSED, SCRATCH_BYTES, WORD } from './layout.ts'
import { type Call, controlWords, instantiate, type ThreadSeed, takeTask } from './worker-loop.ts'

/** Milliseconds of work after which the workers start. */
const PATIENCE = 5
/** How often to check whether the other threads are done before waiting for them. */
const SPINS = 3000
/** Milliseconds of one wait: the longest that the event loop can be late because of it. */
const WAIT = 10

/** Functions of the platform that the pool needs. */
export interface Host {
  /** How many threads can run at once, and share memory. */
  cores(): number
  /**
   * How many pages (64 KiB) a memory may become, 65536 at most; 0 where there is no room for one.
   */
  wasmPages(): number
  /**
   * Starts a thread that takes tasks until `quit`; one that fails to start never takes a task, and
   * `onFailure` is told why. Returns a function that ends it at once, and may return a promise of
   * its end.
   */
  startThread(seed: ThreadSeed, onFailure: (why: string) => void): () => unknown
  /** Why no thread can start, such as a missing script; undefined where they can. */
  threadFault(): Promise<string | undefined>
  /** Switches relaxed SIMD on, where that is possible and needed. */
  allowRelaxedSimd(): void
}

/** Runs jobs on all threads. `run` may not be called again before it has ended. */
export class ThreadPool {
  readonly #host: Pick<Host, 'startThread'>
  readonly #heap: Heap
  #seed: Omit<ThreadSeed, 'scratch'> | undefined
  readonly #places: ReadonlyMap<string, number>
  #calls: Call[]
  /**
   * Scratch memory of each thread, the caller's first. Taken now: while ops run, the heap's free
   * ranges may still be in use by what was recorded before.
   */
  readonly #scratch: readonly number[]
  #view: Int32Array
  #worked = 0
  #stops: (() => unknown)[] | undefined
  #jobs = 0
  #failed = 0
  #failure: string | undefined
  /** Whether this thread may sleep: not in a page. */
  readonly #maySleep: boolean

  /** `threads` counts the caller's. */
  constructor(host: Pick<Host, 'startThread'>, heap: Heap, module: WebAssembly.Module, kernels: readonly string[], threads: number) {
    this.#host = host
    this.#heap = heap
    const seed = { module, memory: heap.memory, kernels }
    this.#seed = seed
    this.#view = controlWords(heap.memory)
    this.#places = new Map(kernels.map((name, i) => [name, i]))
    this.#scratch = Array.from({ length: threads }, () => scratchOf(heap))
    this.#calls = instantiate({ ...seed, scratch: this.#scratch[0] })
    this.#maySleep = threads > 1 && maySleep(this.#view)
  }

  get threads(): number {
    return this.#scratch.length
  }

  /** Threads without those that failed to start. */
  get running(): number {
    return this.threads - this.#failed
  }

  /** Why a thread failed to start. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Runs the steps of an op one after another. */
  async run(steps: readonly Step[], budget: YieldBudget): Promise<void> {
    for (const step of steps) {
      const job = typeof step === 'function' ? step() : step
      if (job) await this.#job(job, budget)
    }
  }

  /** Ends the other threads; not to be used afterwards. */
  async dispose(): Promise<void> {
    if (!this.#seed) return
    Atomics.store(this.#words, WORD.quit, 1)
    Atomics.add(this.#words, WORD.signal, 1)
    Atomics.notify(this.#words, WORD.signal)
    const stops = this.#stops ?? []
    this.#stops = []
    await Promise.all(stops.map((stop) => stop()))
    // Drop every reference to the memory, even if something still refers to the pool.
    this.#seed = undefined
    this.#calls = []
    this.#view = new Int32Array()
  }

  async #job(job: Job, budget: YieldBudget): Promise<void> {
    const start = performance.now()
    this.#publish(job)
    if (job.tasks > 1 && this.#stops) {
      Atomics.add(this.#words, WORD.signal, 1)
      Atomics.notify(this.#words, WORD.signal)
    }
    while (takeTask(this.#words, this.#calls, this.#scratch[0])) if (budget.spent) await budget.yield()
    // Even a single task may have been taken by a thread that woke up late.
    await this.#othersDone(job.tasks, budget)
    if (Atomics.exchange(this.#words, WORD.failed, 0) === 1) throw new Error(`kernel ${job.kernel.name} failed`)
    if (this.#stops === undefined && this.threads > 1) {
      this.#worked += performance.now() - start
      if (this.#worked > PATIENCE) this.#startWorkers()
    }
  }

  /**
   * Memory that is not shared is another buffer after it has grown, which it may whenever the event
   * loop has had a turn.
   */
  get #words(): Int32Array {
    const { memory } = this.#heap
    if (this.#view.buffer !== memory.buffer) this.#view = controlWords(memory)
    return this.#view
  }

  #publish({ kernel, values, tasks }: Job): void {
    const words = this.#words
    this.#jobs = (this.#jobs + 1) & 0x7fff
    Atomics.store(words, WORD.ticket, (this.#jobs << 16) | CLOSED)
    const args = new DataView(words.buffer, ARGUMENTS)
    Object.entries(kernel.fields).forEach(([name, type], i) => {
      if (type === 'i32') args.setInt32(4 * i, values[name], true)
      else args.setFloat32(4 * i, values[name], true)
    })
    Atomics.store(words, WORD.kernel, this.#places.get(kernel.name)!)
    Atomics.store(words, WORD.tasks, tasks)
    Atomics.store(words, WORD.done, 0)
    Atomics.store(words, WORD.ticket, this.#jobs << 16)
  }

  async #othersDone(tasks: number, budget: YieldBudget): Promise<void> {
    for (let i = 0; i < SPINS; i++) if (Atomics.load(this.#words, WORD.done) === tasks) return
    for (;;) {
      const done = Atomics.load(this.#words, WORD.done)
      if (done === tasks) return
      if (this.#maySleep) Atomics.wait(this.#words, WORD.done, done, WAIT)
      if (!this.#maySleep || budget.spent) await budget.yield()
    }
  }

  #startWorkers(): void {
    const seed = this.#seed!
    const onFailure = (why: string) => {
      this.#failed++
      this.#failure ??= why
    }
    this.#stops = this.#scratch.slice(1).map((scratch) => this.#host.startThread({ ...seed, scratch }, onFailure))
  }
}

function scratchOf(heap: Heap): number {
  const block = heap.allocate(SCRATCH_BYTES)
  if (!block) throw new Error('no memory for a thread')
  return block.address
}

/** Waits for a word to change that has changed: allowed or not. */
function maySleep(words: Int32Array): boolean {
  try {
    Atomics.wait(words, WORD.quit, -1, 0)
    return true
  } catch {
    return false
  }
}
