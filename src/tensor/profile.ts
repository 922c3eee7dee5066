/**
 * @file Events of a backend, for listeners: kernels that ran, stages of the work around them,
 * kernels that were compiled. Sums (`totals.ts`), traces (`trace.ts`) and debug lines (`debug.ts`)
 * are listeners.
 *
 * Exact times of kernels cost a wait (CPU) or timestamp queries and shorter batches (WebGPU), so
 * nothing is measured without a listener.
 */

/** A piece of time, in milliseconds; `start` as `performance.now()` counts. */
export interface Span {
  start: number
  milliseconds: number
}

/** A kernel that ran. */
export interface KernelEvent extends Span {
  /** The op (or two that are computed at once) on the CPU, the shader on WebGPU. */
  name: string
  /** The op with its operands' shapes. */
  label: string
  /**
   * Floating-point operations; a multiply-add counts as two. An op's are shared among its kernels
   * by their time.
   */
  flops: number
  /** Bytes of the op's operands, each counted once; shared in the same way. */
  bytes: number
  /** The device has no clock to offer: the time includes the way there and back. */
  waited?: boolean
}

/** A stage that ended. */
export interface StageEvent extends Span {
  name: string
  /** Whether it ended with an error. */
  failed: boolean
  /**
   * Whether it ran beside the device's stages: stages that it overlaps with belong to another
   * picture.
   */
  beside: boolean
}

/** The source of a kernel, told before it first runs. */
export interface SourceEvent {
  name: string
  /** WGSL, or on WebAssembly the jobs of an op: kernels with their arguments. */
  text: string
}

/** Receives events. Every callback is optional; none may throw. */
export interface Listener {
  /** A kernel ran. */
  onKernel?: ((event: KernelEvent) => void) | undefined
  /** A stage ended; stages may contain others, and those that alternate overlap. */
  onStage?: ((event: StageEvent) => void) | undefined
  /** A kernel is about to be compiled, or an op of new shapes was planned. */
  onSource?: ((event: SourceEvent) => void) | undefined
}

export class Profile {
  readonly #listeners = new Set<Listener>()
  #unmeasured = 0

  /**
   * Adds a listener for everything that is recorded from now on. Returns a function that removes
   * it.
   */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Whether kernels are to be measured. */
  get wantsKernels(): boolean {
    return this.#unmeasured === 0 && this.#hears('onKernel')
  }

  /** Whether a listener receives sources. */
  get wantsSources(): boolean {
    return this.#hears('onSource')
  }

  kernel(event: KernelEvent): void {
    for (const { onKernel } of this.#listeners) onKernel?.(event)
  }

  source(event: SourceEvent): void {
    for (const { onSource } of this.#listeners) onSource?.(event)
  }

  /** Runs a stage and tells how long it took, also where it fails. */
  async stage<T>(name: string, work: () => Promise<T>, { beside = false } = {}): Promise<T> {
    const start = performance.now()
    let failed = true
    try {
      const result = await work()
      failed = false
      return result
    } finally {
      const event = { name, start, milliseconds: performance.now() - start, failed, beside }
      for (const { onStage } of this.#listeners) onStage?.(event)
    }
  }

  /** Runs work whose kernels are not measured: that would disturb measurements of its own. */
  async unmeasured<T>(work: () => Promise<T>): Promise<T> {
    this.#unmeasured++
    try {
      return await work()
    } finally {
      this.#unmeasured--
    }
  }

  #hears(method: keyof Listener): boolean {
    for (const listener of this.#listeners) if (listener[method]) return true
    return false
  }
}

/** Thousands of millions a second; 0 where no time passed. */
export function perSecond(count: number, milliseconds: number): number {
  return milliseconds === 0 ? 0 : count / milliseconds / 1e6
}
