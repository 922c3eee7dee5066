/**
 * @file A dry run: a backend that computes nothing, but follows a computation by its shapes and keeps count. So the memory that a model needs on a device is
 * known before a byte of its weights is read, and where the work lies without doing it.
 *
 * It stands for a real backend: the WebGPU kernels' temporaries count where that is the one to be used. Reads give zeros, so what depends on values (the merging)
 * cannot be followed.
 */
import type { Backend, Memory, OpName, OpTable, Storage } from './backend.ts'
import { type Cost, cost } from './cost.ts'
import { Profile } from './profile.ts'
import { Tensor } from './tensor.ts'
import { Choices } from './webgpu/choices.ts'
import type { Traits } from './webgpu/context.ts'
import { kernels } from './webgpu/kernels.ts'
import type { Question } from './webgpu/tuner.ts'

export class DryBackend implements Backend {
  readonly kind: Backend['kind']
  readonly description = 'dry run'
  readonly usesMainMemory = false
  readonly maxTensorBytes: number
  readonly memory: Memory = { live: 0, peak: 0, held: 0 }
  readonly storages = new Set<Storage>()
  readonly profile = new Profile()
  /** The largest tensor so far. */
  largest: { bytes: number; label: string } = { bytes: 0, label: '' }
  /** What has been recorded so far, by op. */
  readonly work = new Map<OpName, Cost & { calls: number }>()
  /** Which kernels had to be chosen among several, by what is computed. */
  readonly questions = new Map<string, Question>()
  readonly #traits: Traits
  readonly #choices: Choices

  /** Stands for this backend, or for one of that kind whose largest tensor has that many bytes. */
  constructor({
    kind,
    maxTensorBytes,
    traits,
    choices,
  }: Pick<Backend, 'kind' | 'maxTensorBytes'> & { traits?: Traits; choices?: Choices }) {
    this.kind = kind
    this.#choices = choices ?? new Choices()
    this.#traits = traits ?? { lanes: 0, software: false }
    this.maxTensorBytes = maxTensorBytes
  }

  allocate(bytes: number, label: string): Storage {
    if (bytes > this.largest.bytes) this.largest = { bytes, label }
    const storage = { handle: undefined, bytes, label, shares: 0 }
    this.storages.add(storage)
    this.memory.live += bytes
    this.memory.held = this.memory.live
    this.memory.peak = Math.max(this.memory.peak, this.memory.live)
    return storage
  }

  release(storage: Storage): void {
    this.storages.delete(storage)
    this.memory.live -= storage.bytes
    this.memory.held = this.memory.live
  }

  write(): void {}

  run<K extends OpName>(op: K, args: OpTable[K]): void {
    const { flops, bytes } = cost(op, args)
    const total = this.work.get(op) ?? { calls: 0, flops: 0, bytes: 0 }
    this.work.set(op, { calls: total.calls + 1, flops: total.flops + flops, bytes: total.bytes + bytes })
    if (this.kind !== 'webgpu') return
    const temporaries: Tensor[] = []
    kernels[op](args, {
      traits: this.#traits,
      choose: (key, candidates) => {
        const flopsBefore = this.questions.get(key)?.flops ?? 0
        if (candidates.length > 1) this.questions.set(key, { key, op, args, candidates, flops: flopsBefore + flops })
        return this.#choices.known(key, candidates)
      },
      dispatch: () => {},
      temporary: (shape) => {
        const tensor = Tensor.empty(this, shape, 'f32', `temporary of ${op}`)
        temporaries.push(tensor)
        return tensor
      },
    })
    for (const tensor of temporaries) tensor.dispose()
  }

  async read(_storage: Storage, _offset: number, bytes: number): Promise<ArrayBuffer> {
    return new ArrayBuffer(bytes)
  }

  async flush(): Promise<void> {}

  resetPeak(): void {
    this.memory.peak = this.memory.live
  }

  async dispose(): Promise<void> {}
}
