/**
 * @file The WebGPU backend: records commands, then runs them in batches.
 *
 * `run` turns an op into dispatches (`kernels.ts`), starts compiling their pipelines, and queues
 * them. `flush` waits for those pipelines, and encodes: many dispatches a pass, `BATCH` dispatches
 * a submission, since one huge submission can trip a driver's watchdog. Uploads are commands like
 * any other, so that order is kept.
 *
 * Every tensor has a buffer of its own, taken from a pool: WebGPU counts usage per whole buffer, so
 * an arena shared by inputs and outputs of one dispatch is not allowed.
 *
 * Failures (out of memory, validation, a lost device) arrive asynchronously; the first one is kept
 * and thrown by the next `flush` or `read`.
 */
import { option } from '../../advice.ts'
import { AdzusError, check } from '../../errors.ts'
import { exceeding, memorySize } from '../../messages.ts'
import { MAX_GROUPS, type Shader } from '../../shaders/kernel.ts'
import {
  type Arithmetic,
  type Backend,
  type Counts,
  disposed,
  type Memory,
  type OpName,
  type OpTable,
  type Storage,
  type Traits,
  type Tuning,
} from '../backend.ts'
import { Choices } from '../choices.ts'
import { type Cost, cost, shapeOf, share } from '../cost.ts'
import { MemoryLedger } from '../memory-ledger.ts'
import { blockBytes, Pool } from '../pool.ts'
import { Profile, type Span } from '../profile.ts'
import { Tensor } from '../tensor.ts'
import { tune } from '../tuner.ts'
import { type AdapterSource, type Opened, openDevice } from './adapter.ts'
import { BindGroups, type Bound } from './bind-groups.ts'
import { BufferUsage, MAP_READ } from './flags.ts'
import { kernels } from './kernels.ts'
import { type Compiled, Pipelines, UNIFORM_SLOT } from './pipelines.ts'
import { Timer } from './timer.ts'
import { type Call, Uniforms } from './uniforms.ts'

/** Dispatches per submission. */
const BATCH = 64
/** Bytes of read-back buffers that wait for the next reading. */
const MAX_STAGING = 64 * 2 ** 20
/** Milliseconds in which a lost device must say so. */
const LOST_WAIT = 200
/** What the description says of products that may be in f16. */
const PRODUCTS = { f16: 'f16', auto: 'f32 or f16' } as const
const TENSOR_USAGE = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST

const useLess = () => `Use a smaller ${option('size')} or ${option('backend', 'cpu')}.`

/** Waits for the device in the way that suits the platform. */
export type Wait = <T>(work: Promise<T>) => Promise<T>

/** A dispatch; its label is the op that it belongs to. */
interface Recorded extends Call {
  compiled: Promise<Compiled>
  buffers: Bound[]
  groups: readonly [number, number, number]
  /** The whole op's, on its last dispatch. */
  cost?: Cost
}

type Command = { dispatch: Recorded } | { write: { buffer: GPUBuffer; offset: number; bytes: Uint8Array } }

export class WebGpuBackend implements Backend {
  readonly kind = 'webgpu'
  readonly description: string
  readonly note: string | undefined
  readonly usesMainMemory: boolean
  readonly maxTensorBytes: number
  readonly profile = new Profile()
  readonly traits: Traits
  readonly tuning: Tuning
  readonly precompile?: (kernel: Shader) => void

  readonly #choices = new Choices()
  readonly #ledger = new MemoryLedger()
  readonly #device: GPUDevice
  readonly #wait: Wait
  readonly #lost: Promise<void>
  readonly #pipelines: Pipelines
  readonly #timer: Timer | undefined
  readonly #pool = new Pool<GPUBuffer>({
    create: (bytes, label) => this.#create(bytes, label),
    destroy: (buffer) => this.#destroy(buffer),
  })
  /** Any buffer that is large enough may take a reading: it is never bound. */
  readonly #staging = new Pool<GPUBuffer>(
    {
      create: (size) => this.#device.createBuffer({ size, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST, label: 'readback' }),
      destroy: (buffer) => buffer.destroy(),
    },
    { cap: MAX_STAGING, slack: Infinity },
  )
  readonly #uniforms: Uniforms
  readonly #bindGroups: BindGroups
  /** Buffers made at start: uniforms, and what the timer needs. */
  readonly #fixed: number
  #commands: Command[] = []
  /** Measured dispatches of an op whose last is still to come. */
  #measured: { dispatch: Recorded; span: Span }[] = []
  #running: Promise<void> = Promise.resolve()
  #failure: Error | undefined
  /** Resolves when it is known of every buffer whether there was memory for it. */
  #allocations: Promise<unknown> = Promise.resolve()
  #disposed = false
  readonly #onError = (event: Event): void => {
    const { error } = event as GPUUncapturedErrorEvent
    this.#fail(
      new AdzusError({ what: 'webgpu', where: this.description, expected: 'valid commands', got: error.message, hint: this.#held() }),
    )
  }

  constructor(opened: Opened, wait: Wait = (work) => work) {
    const { device, software, timestamps, lanes, half, arithmetic = 'f32' } = opened
    // A name of its own: what has been measured with other candidates says nothing.
    const description = arithmetic === 'f32' ? opened.description : `${opened.description}, products in ${PRODUCTS[arithmetic]}`
    this.#device = device
    this.#wait = wait
    this.description = description
    if (software) this.note = `${description} is a software adapter, which takes tens of times as long as the CPU backend`
    this.usesMainMemory = software
    this.traits = { lanes, software, half, arithmetic }
    const choices = this.#choices
    this.tuning = { choices, automatic: !software, tune: (ask, options) => tune(this, choices, ask, options) }
    this.maxTensorBytes = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize)
    this.#pipelines = new Pipelines(device, ({ name, code }) => this.profile.source({ name, text: code }))
    // A software adapter translates a kernel when it first runs, whenever its pipeline was made.
    if (!software) this.precompile = (kernel) => void this.#pipelines.get(kernel)
    this.#timer = timestamps ? new Timer(device, BATCH) : undefined
    this.#uniforms = new Uniforms(device, BATCH)
    this.#bindGroups = new BindGroups(device, this.#uniforms.buffer)
    this.#fixed = 1 + (this.#timer?.buffers ?? 0)
    this.#lost = device.lost.then((info) => {
      if (!this.#disposed)
        this.#fail(
          new AdzusError({
            what: 'webgpu: device',
            where: this.description,
            expected: 'a device that stays',
            got: `device lost (${info.reason}): ${info.message}`,
            hint: `${this.#held()}. Load the model again, with a smaller ${option('size')} or ${option('backend', 'cpu')} if it keeps happening.`,
          }),
        )
    })
    device.addEventListener('uncapturederror', this.#onError)
  }

  static async open(gpu: AdapterSource | undefined, wait?: Wait, software = true, arithmetic?: Arithmetic): Promise<WebGpuBackend> {
    return new WebGpuBackend(await openDevice(gpu, software, arithmetic), wait)
  }

  get memory(): Memory {
    return this.#ledger.memory(this.#pool.held)
  }

  get storages(): ReadonlySet<Storage> {
    return this.#ledger.storages
  }

  get counts(): Counts {
    return {
      buffers: this.#fixed + this.#pool.created + this.#staging.created,
      pipelines: this.#pipelines.count,
      bindGroups: this.#bindGroups.made,
    }
  }

  allocate(bytes: number, label: string): Storage {
    check(bytes <= this.maxTensorBytes, () => ({
      what: 'webgpu: allocation',
      where: label,
      expected: `at most ${memorySize(this.maxTensorBytes)} a tensor on ${this.description}`,
      got: exceeding(bytes, this.maxTensorBytes),
      hint: useLess(),
    }))
    const handle = this.#pool.take(bytes, label)
    return this.#ledger.add(handle, blockBytes(bytes), label)
  }

  release(storage: Storage): void {
    this.#ledger.remove(storage)
    this.#pool.give(storage.handle as GPUBuffer)
  }

  trim(): void {
    this.#pool.drain()
  }

  write(storage: Storage, offset: number, bytes: Uint8Array): void {
    // Writes are whole words; a tail is padded with zeros (buffers are a multiple of 16 bytes).
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
    padded.set(bytes)
    this.#commands.push({ write: { buffer: storage.handle as GPUBuffer, offset, bytes: padded } })
  }

  run<K extends OpName>(op: K, args: OpTable[K]): void {
    const label = `${op} ${shapeOf(op, args)}`
    let last: Recorded | undefined
    const temporaries: Tensor[] = []
    kernels[op](args, {
      traits: this.traits,
      maxTensorBytes: this.maxTensorBytes,
      choose: this.#choices.choose,
      dispatch: ({ shader, tensors, params, groups }) => {
        check(
          groups.every((n) => n <= MAX_GROUPS),
          () => ({
            what: 'webgpu: dispatch',
            where: label,
            expected: `at most ${MAX_GROUPS} workgroups a side`,
            got: groups.join(' × '),
          }),
        )
        const buffers = tensors.map((t) => ({ buffer: t.storage.handle as GPUBuffer, size: blockBytes(t.bytes) }))
        last = { compiled: this.#pipelines.get(shader), shader, buffers, params, groups, label }
        this.#commands.push({ dispatch: last })
      },
      temporary: (shape) => {
        const tensor = Tensor.empty(this, shape, 'f32', `temporary of ${op}`)
        temporaries.push(tensor)
        return tensor
      },
    })
    for (const tensor of temporaries) tensor.dispose()
    if (last) last.cost = cost(op, args)
  }

  async flush(): Promise<void> {
    await this.#drain()
    await this.#finished(this.#device.queue.onSubmittedWorkDone(), 'submitted commands')
  }

  async read(storage: Storage, offset: number, bytes: number): Promise<ArrayBuffer> {
    await this.#drain()
    const size = Math.max(4, Math.ceil(bytes / 4) * 4)
    const staging = this.#staging.take(size, 'readback')!
    const encoder = this.#device.createCommandEncoder()
    encoder.copyBufferToBuffer(storage.handle as GPUBuffer, offset, staging, 0, size)
    this.#device.queue.submit([encoder.finish()])
    try {
      await this.#finished(staging.mapAsync(MAP_READ, 0, size), storage.label)
      return staging.getMappedRange(0, size).slice(0, bytes)
    } finally {
      staging.unmap()
      this.#staging.give(staging)
    }
  }

  resetPeak(): void {
    this.#ledger.resetPeak()
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#running.catch(() => {})
    // Destroying a device with work in flight has crashed some implementations.
    await this.#device.queue.onSubmittedWorkDone().catch(() => {})
    this.#timer?.destroy()
    this.#pool.drain()
    this.#staging.drain()
    this.#uniforms.buffer.destroy()
    // Node's binding would keep the listener, and with it all that the device has made.
    this.#device.removeEventListener('uncapturederror', this.#onError)
    this.#device.destroy()
    this.#fail(new AdzusError(disposed(this.kind)))
  }

  /** Encodes and submits everything recorded; calls queue up behind each other. */
  #drain(): Promise<void> {
    const commands = this.#commands
    this.#commands = []
    const run = this.#running.then(() => this.#submit(commands))
    this.#running = run.catch((error) => this.#fail(error))
    return run
  }

  async #submit(commands: Command[]): Promise<void> {
    this.#throwFailure()
    const dispatches = commands.flatMap((c) => ('dispatch' in c ? [c.dispatch] : []))
    const compiled = await this.#wait(Promise.all(dispatches.map((d) => d.compiled)))
    const measuring = this.profile.wantsKernels
    // Without timestamps, a dispatch is measured by waiting for it alone.
    const most = measuring && !this.#timer ? 1 : BATCH
    let next = 0
    for (let at = 0; at < commands.length; ) {
      const command = commands[at]!
      if ('write' in command) {
        const { buffer, offset, bytes } = command.write
        this.#device.queue.writeBuffer(buffer, offset, bytes as Uint8Array<ArrayBuffer>)
        at++
        continue
      }
      const first = next
      while (at < commands.length && 'dispatch' in commands[at]! && next - first < most) {
        at++
        next++
      }
      const batch = dispatches.slice(first, next)
      const submitted = this.#encode(batch, compiled.slice(first, next), measuring)
      if (measuring) this.#tell(batch, await this.#wait(this.#spans(batch.length, submitted)))
    }
    this.#throwFailure()
  }

  /**
   * Waits for something of the device. Where the wait fails, or the device was lost meanwhile, that
   * is the failure.
   */
  async #finished(work: Promise<unknown>, where: string): Promise<void> {
    try {
      await this.#wait(Promise.all([work, this.#allocations]))
    } catch (cause) {
      // Both end when a device is lost, in no certain order: what was lost says more.
      await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, LOST_WAIT))])
      this.#fail(new AdzusError({ what: 'webgpu', where, expected: 'the result of recorded commands', got: String(cause) }, { cause }))
    }
    this.#throwFailure()
  }

  /** Submits dispatches and returns the time of submission. */
  #encode(dispatches: Recorded[], compiled: Compiled[], measuring: boolean): number {
    this.#uniforms.write(dispatches)
    const encoder = this.#device.createCommandEncoder()
    const timed = measuring && this.#timer
    let pass: GPUComputePassEncoder | undefined
    dispatches.forEach((dispatch, i) => {
      pass ??= encoder.beginComputePass(timed ? { timestampWrites: timed.writes(i) } : {})
      const { pipeline, layout } = compiled[i]!
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, this.#bindGroups.get(layout, dispatch.buffers), [i * UNIFORM_SLOT])
      pass.dispatchWorkgroups(...dispatch.groups)
      if (timed) {
        pass.end()
        pass = undefined
      }
    })
    pass?.end()
    if (timed) timed.resolve(encoder, dispatches.length)
    const commands = encoder.finish()
    const submitted = performance.now()
    this.#device.queue.submit([commands])
    return submitted
  }

  /** When each dispatch of the last submission ran. */
  async #spans(count: number, submitted: number): Promise<Span[]> {
    if (this.#timer) return this.#timer.read(count, submitted)
    await this.#device.queue.onSubmittedWorkDone()
    return [{ start: submitted, milliseconds: performance.now() - submitted }]
  }

  /**
   * Emits events for measured dispatches, op by op: an op's cost is known with its last dispatch.
   */
  #tell(dispatches: Recorded[], spans: Span[]): void {
    const waited = !this.#timer
    dispatches.forEach((dispatch, i) => {
      this.#measured.push({ dispatch, span: spans[i]! })
      if (!dispatch.cost) return
      const measured = this.#measured
      this.#measured = []
      const costs = share(
        dispatch.cost,
        measured.map(({ span }) => span.milliseconds),
      )
      measured.forEach(({ dispatch: { shader, label }, span }, j) => {
        this.profile.kernel({ name: shader.name, label, ...span, ...costs[j]!, waited })
      })
    })
  }

  #create(size: number, label: string): GPUBuffer {
    const device = this.#device
    device.pushErrorScope('out-of-memory')
    const buffer = device.createBuffer({ size, usage: TENSOR_USAGE, label })
    const checked = device.popErrorScope().then((error) => {
      if (error)
        this.#fail(
          new AdzusError({
            what: 'webgpu: allocation',
            where: label,
            expected: `${memorySize(size)} more on ${this.description}`,
            got: `out of memory. ${this.#held()}`,
            hint: useLess(),
          }),
        )
    })
    // A lost device is reported by its own promise.
    this.#allocations = Promise.all([this.#allocations, checked.catch(() => {})])
    return buffer
  }

  #destroy(buffer: GPUBuffer): void {
    this.#bindGroups.forget(buffer)
    // Recorded commands may still refer to it: destroy once they have been submitted.
    this.#drain()
      .catch(() => {}) // kept as the failure
      .finally(() => buffer.destroy())
  }

  #held(): string {
    return `${memorySize(this.#ledger.live)} in use, ${memorySize(this.#pool.held)} held`
  }

  #fail(error: Error): void {
    this.#failure ??= error
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure
  }
}
