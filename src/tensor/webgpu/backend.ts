/**
 * @file The WebGPU backend: records commands, then runs them in batches.
 *
 * `run` turns an op into dispatches (`kernels.ts`), starts compiling their pipelines, and queues
 * them. `flush` waits for those pipelines, and encodes (`submission.ts`). Uploads are commands like
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
import { type Backend, type Counts, disposed, type Memory, type OpName, type OpTable, type Storage, type Tuning } from '../backend.ts'
import { Choices } from '../choices.ts'
import { cost, shapeOf } from '../cost.ts'
import { MemoryLedger } from '../memory-ledger.ts'
import { blockBytes } from '../pool.ts'
import { Profile } from '../profile.ts'
import { Tensor } from '../tensor.ts'
import type { Arithmetic, Traits } from '../traits.ts'
import { tune } from '../tuner.ts'
import { type AdapterSource, type Opened, openDevice } from './adapter.ts'
import { Buffers } from './buffers.ts'
import { MAP_READ } from './flags.ts'
import { kernels } from './kernels.ts'
import { Pipelines } from './pipelines.ts'
import { type Command, type Recorded, Submission, type Wait } from './submission.ts'

/** Milliseconds in which a lost device must say so. */
const LOST_WAIT = 200
/** What the description says of products that may be in f16. */
const PRODUCTS = { f16: 'f16', auto: 'f32 or f16' } as const

const useLess = () => `Use a smaller ${option('size')} or ${option('backend', 'cpu')}.`

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
  readonly #buffers: Buffers
  readonly #submission: Submission
  #commands: Command[] = []
  #running: Promise<void> = Promise.resolve()
  #failure: Error | undefined
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
    this.#buffers = new Buffers(device, {
      missing: (bytes, label) => this.#missing(bytes, label),
      destroy: (buffer) => this.#destroy(buffer),
    })
    this.#submission = new Submission({ device, profile: this.profile, wait, timestamps })
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
    return this.#ledger.memory(this.#buffers.tensors.held)
  }

  get storages(): ReadonlySet<Storage> {
    return this.#ledger.storages
  }

  get counts(): Counts {
    return {
      buffers: this.#submission.buffers + this.#buffers.created,
      pipelines: this.#pipelines.count,
      bindGroups: this.#submission.bindGroups.made,
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
    const handle = this.#buffers.tensors.take(bytes, label)
    return this.#ledger.add(handle, blockBytes(bytes), label)
  }

  release(storage: Storage): void {
    this.#ledger.remove(storage)
    this.#buffers.tensors.give(storage.handle as GPUBuffer)
  }

  trim(): void {
    this.#buffers.tensors.drain()
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
    const staging = this.#buffers.readings.take(size, 'readback')!
    const encoder = this.#device.createCommandEncoder()
    encoder.copyBufferToBuffer(storage.handle as GPUBuffer, offset, staging, 0, size)
    this.#device.queue.submit([encoder.finish()])
    try {
      await this.#finished(staging.mapAsync(MAP_READ, 0, size), storage.label)
      return staging.getMappedRange(0, size).slice(0, bytes)
    } finally {
      staging.unmap()
      this.#buffers.readings.give(staging)
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
    this.#buffers.drain()
    this.#submission.destroy()
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
    await this.#submission.run(commands)
    this.#throwFailure()
  }

  /**
   * Waits for something of the device. Where the wait fails, or the device was lost meanwhile, that
   * is the failure.
   */
  async #finished(work: Promise<unknown>, where: string): Promise<void> {
    try {
      await this.#wait(Promise.all([work, this.#buffers.checked]))
    } catch (cause) {
      // Both end when a device is lost, in no certain order: what was lost says more.
      await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, LOST_WAIT))])
      this.#fail(new AdzusError({ what: 'webgpu', where, expected: 'the result of recorded commands', got: String(cause) }, { cause }))
    }
    this.#throwFailure()
  }

  #missing(bytes: number, label: string): void {
    this.#fail(
      new AdzusError({
        what: 'webgpu: allocation',
        where: label,
        expected: `${memorySize(bytes)} more on ${this.description}`,
        got: `out of memory. ${this.#held()}`,
        hint: useLess(),
      }),
    )
  }

  #destroy(buffer: GPUBuffer): void {
    this.#submission.bindGroups.forget(buffer)
    // Recorded commands may still refer to it: destroy once they have been submitted.
    this.#drain()
      .catch(() => {}) // kept as the failure
      .finally(() => buffer.destroy())
  }

  #held(): string {
    return `${memorySize(this.#ledger.live)} in use, ${memorySize(this.#buffers.tensors.held)} held`
  }

  #fail(error: Error): void {
    this.#failure ??= error
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure
  }
}
