/**
 * @file A tensor: a shape, a storage type, and a counted share of a backend's storage.
 *
 * Tensors are freed by hand (`dispose`), since a garbage collector knows nothing of device memory.
 * Because a backend runs its commands in the order in which they were recorded, a tensor may be
 * disposed as soon as its last reader has been *recorded*: the memory is reused only by commands
 * that come later. `chain` and `release` keep that readable.
 */
import { check } from '../errors.ts'
import type { Backend, Storage } from './backend.ts'
import { halfToFloat } from './half.ts'
import { BYTES, type DType, type Shape, show, sizeOf } from './shape.ts'

export class Tensor {
  readonly backend: Backend
  readonly storage: Storage
  readonly shape: Shape
  readonly dtype: DType
  #disposed = false

  /** Takes one share of `storage`. Use `Tensor.empty`, `Tensor.from` or an op instead. */
  constructor(backend: Backend, storage: Storage, shape: Shape, dtype: DType) {
    this.backend = backend
    this.storage = storage
    this.shape = shape
    this.dtype = dtype
    storage.shares++
  }

  /** A new tensor with undefined contents. */
  static empty(backend: Backend, shape: Shape, dtype: DType = 'f32', label = 'tensor'): Tensor {
    return new Tensor(backend, backend.allocate(sizeOf(shape) * BYTES[dtype], label), shape, dtype)
  }

  /**
   * A new tensor filled from the host; `Uint16Array` means f16 bit patterns.
   * @throws AdzusError where the number of values is not that of the shape
   * @example
   * ```ts
   * const x = Tensor.from(backend, Float32Array.of(1, 2, 3, 4), [2, 2])
   * const y = affine(x, 2)
   * x.dispose() // the op that reads it has been recorded
   * console.log(await y.floats()) // 2, 4, 6, 8
   * ```
   */
  static from(backend: Backend, data: Float32Array | Int32Array | Uint16Array, shape: Shape, label = 'upload'): Tensor {
    check(data.length === sizeOf(shape), () => ({
      what: 'Tensor.from',
      where: label,
      expected: `${sizeOf(shape)} values for shape ${show(shape)}`,
      got: `${data.length}`,
    }))
    const dtype = data instanceof Float32Array ? 'f32' : data instanceof Int32Array ? 'i32' : 'f16'
    const tensor = Tensor.empty(backend, shape, dtype, label)
    backend.write(tensor.storage, 0, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    return tensor
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  get bytes(): number {
    return this.size * BYTES[this.dtype]
  }

  /**
   * The same numbers under another shape; shares the storage and must be disposed on its own. One
   * axis may be -1.
   */
  reshape(shape: Shape): Tensor {
    const known = shape.reduce((n, d) => (d === -1 ? n : n * d), 1)
    const full = shape.map((d) => (d === -1 ? this.size / known : d))
    check(sizeOf(full) === this.size && full.every(Number.isInteger), () => ({
      what: 'reshape',
      expected: `${this.size} values as in ${show(this.shape)}`,
      got: show(shape),
    }))
    return new Tensor(this.backend, this.storage, full, this.dtype)
  }

  /** Reads the values back as numbers (f16 is decoded). Runs everything recorded so far. */
  async floats(): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await this.backend.read(this.storage, 0, this.bytes)
    if (this.dtype === 'f32') return new Float32Array(bytes)
    if (this.dtype === 'f16') return halfToFloat(new Uint16Array(bytes)) as Float32Array<ArrayBuffer>
    return Float32Array.from(new Int32Array(bytes))
  }

  /** Reads an i32 tensor back. */
  async ints(): Promise<Int32Array<ArrayBuffer>> {
    check(this.dtype === 'i32', () => ({ what: 'ints', expected: 'an i32 tensor', got: this.dtype }))
    return new Int32Array(await this.backend.read(this.storage, 0, this.bytes))
  }

  /**
   * Gives the share back; the storage is pooled when the last share is gone. Calling it twice is an
   * error.
   */
  dispose(): void {
    if (this.#disposed) throw new Error(`tensor ${show(this.shape)} disposed twice`)
    this.#disposed = true
    if (--this.storage.shares === 0) this.backend.release(this.storage)
  }
}

/** Disposes everything given; undefined entries are skipped. */
export function release(...things: ({ dispose(): void } | undefined)[]): void {
  for (const thing of things) thing?.dispose()
}

/**
 * Applies the steps to `x` one after another. Every intermediate result is disposed once the next
 * step has been recorded; `x` is not.
 * @example
 * ```ts
 * const out = chain(
 *   hidden,
 *   (h) => groupNorm(h, gamma, beta, { groups: 32, eps: 1e-5, silu: true }),
 *   (h) => conv2d(h, weight, { padding: 1 }),
 * )
 * ```
 */
export function chain(x: Tensor, ...steps: ((x: Tensor) => Tensor)[]): Tensor {
  return steps.reduce((value, step) => {
    const next = step(value)
    if (value !== x) value.dispose()
    return next
  }, x)
}
