/**
 * @file From checkpoint to device: a path into the weights together with the backend that they go
 * to.
 *
 * Tensors are read, uploaded and forgotten one at a time; uploads that wait in the backend are
 * bounded by flushing. Every tensor that a model has loaded is listed in `owned`, so that disposing
 * a model is one loop. In a dry run shapes are checked and memory is counted, but nothing is read.
 *
 * Matrices and filters are stored on the device as the file has them (f16, or f32) unless a type is
 * asked for; vectors are f32.
 */
import { option } from '../advice.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import type { WeightView } from '../checkpoint/weights.ts'
import { check } from '../errors.ts'
import type { Stored } from '../safetensors/reader.ts'
import { floatToHalf, halfToFloat } from '../tensor/half.ts'
import { type Backend, release, Tensor } from '../tensor/index.ts'

/** Bytes recorded as uploads before the device is made to take them. */
const MAX_PENDING = 64 * 2 ** 20

interface Shared {
  backend: Backend
  dtype: WishedDtype
  owned: Tensor[]
  pending: number
}

export class Loader {
  readonly weights: WeightView
  readonly #shared: Shared

  private constructor(weights: WeightView, shared: Shared) {
    this.weights = weights
    this.#shared = shared
  }

  get backend(): Backend {
    return this.#shared.backend
  }

  get path(): string {
    return this.weights.path
  }

  at(segment: string | number): Loader {
    return new Loader(this.weights.at(segment), this.#shared)
  }

  /** A matrix. */
  matrix(name: string, shape: readonly number[]): Promise<Tensor> {
    return this.#place(name, shape, shape, this.#typeOf(name, shape), ({ data }) => data)
  }

  /** A bias or norm parameter, always f32. */
  vector(name: string, length: number): Promise<Tensor> {
    return this.#place(name, [length], [length], 'f32', ({ data }) => data)
  }

  /** A convolution's weight: stored [out, in, kh, kw], on the device [out, kh, kw, in]. */
  filters(name: string, shape: readonly [number, number, number, number]): Promise<Tensor> {
    const [out, channels, kh, kw] = shape
    const taps = kh * kw
    return this.#place(name, shape, [out, kh, kw, channels], this.#typeOf(name, shape), ({ data }) => {
      const turned = data.constructor === Float32Array ? new Float32Array(data.length) : new Uint16Array(data.length)
      for (let o = 0, at = 0; o < out; o++)
        for (let tap = 0; tap < taps; tap++)
          for (let c = 0, from = o * channels * taps + tap; c < channels; c++, from += taps) turned[at++] = data[from]
      return turned
    })
  }

  /** A table that stays on the host; empty in a dry run. */
  async table(name: string, shape: readonly number[]): Promise<Stored> {
    if (!this.backend.dryRun) return this.weights.load(name, shape)
    this.weights.stored(name, shape)
    return { dtype: 'f32', data: new Float32Array() }
  }

  /**
   * Waits for all uploads and closes the files; returns what `release` must be called with when the
   * model is no longer needed.
   */
  async finish(): Promise<Tensor[]> {
    await this.backend.flush()
    await this.weights.close()
    return this.#shared.owned
  }

  /** Loads with `build`; if that fails, frees what was loaded until then. */
  static async run<T>(
    weights: WeightView,
    backend: Backend,
    build: (loader: Loader) => Promise<T>,
    dtype: WishedDtype = 'auto',
  ): Promise<{ model: T; owned: Tensor[] }> {
    const loader = new Loader(weights, { backend, dtype, owned: [], pending: 0 })
    try {
      const model = await build(loader)
      return { model, owned: await loader.finish() }
    } catch (error) {
      release(...loader.#shared.owned)
      await weights.close().catch(() => {})
      throw error
    }
  }

  #typeOf(name: string, shape: readonly number[]): Stored['dtype'] {
    const stored = this.weights.stored(name, shape)
    return this.#shared.dtype === 'auto' ? stored : this.#shared.dtype
  }

  /**
   * Reads a tensor of the shape `from`, lets `arrange` order its numbers for the shape `to`, and
   * uploads them as `dtype`.
   */
  async #place(
    name: string,
    from: readonly number[],
    to: readonly number[],
    dtype: Stored['dtype'],
    arrange: (stored: Stored) => Float32Array | Uint16Array,
  ): Promise<Tensor> {
    const label = `${this.path}.${name}`
    const shared = this.#shared
    const { dryRun } = shared.backend
    if (dryRun) {
      this.weights.stored(name, from)
      const tensor = Tensor.empty(shared.backend, to, dtype, label)
      dryRun.addWeight(tensor.storage)
      shared.owned.push(tensor)
      return tensor
    }
    const data = converted(arrange(await this.weights.load(name, from)), dtype, label)
    const tensor = Tensor.from(shared.backend, data, to, label)
    shared.owned.push(tensor)
    shared.pending += data.byteLength
    if (shared.pending > MAX_PENDING) {
      shared.pending = 0
      await shared.backend.flush()
    }
    return tensor
  }
}

/** Numbers as f32, or as the bit patterns of f16. */
function converted(data: Float32Array | Uint16Array, dtype: Stored['dtype'], label: string): Float32Array | Uint16Array {
  if (data instanceof Float32Array === (dtype === 'f32')) return data
  if (data instanceof Uint16Array) return halfToFloat(data)
  const half = floatToHalf(data)
  const over = half.findIndex((bits) => (bits & 0x7c00) === 0x7c00)
  check(over === -1, () => ({
    what: 'model: tensor',
    where: label,
    expected: 'numbers that f16 can hold, up to 65,504',
    got: `${data[over]}`,
    hint: `Use ${option('dtype', 'f32')}.`,
  }))
  return half
}
