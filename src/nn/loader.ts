/**
 * @file From checkpoint to device: a path into the weights together with the backend that they go to.
 *
 * Tensors are read, uploaded and forgotten one at a time; uploads that wait in the backend are bounded by flushing. Every tensor that a
 * model has loaded is listed in `owned`, so that disposing a model is one loop.
 */
import type { WeightView } from '../checkpoint/weights.ts'
import { halfToFloat } from '../tensor/half.ts'
import { type Backend, release, Tensor } from '../tensor/index.ts'

/** Bytes recorded as uploads before the device is made to take them. */
const MAX_PENDING = 64 * 2 ** 20

interface Shared {
  backend: Backend
  owned: Tensor[]
  pending: number
}

export class Loader {
  readonly weights: WeightView
  readonly #shared: Shared

  constructor(weights: WeightView, backend: Backend, shared: Shared = { backend, owned: [], pending: 0 }) {
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
    return new Loader(this.weights.at(segment), this.backend, this.#shared)
  }

  /** A matrix in its stored type (f16 stays f16). */
  async matrix(name: string, shape: readonly number[]): Promise<Tensor> {
    const { data } = await this.weights.load(name, shape)
    return this.#upload(data, shape, name)
  }

  /** A bias or norm parameter, always f32. */
  async vector(name: string, length: number): Promise<Tensor> {
    const { dtype, data } = await this.weights.load(name, [length])
    return this.#upload(dtype === 'f16' ? halfToFloat(data) : data, [length], name)
  }

  /** A convolution's weight: stored [out, in, kh, kw], on the device [out, kh, kw, in]. */
  async filters(name: string, [out, channels, kh, kw]: readonly [number, number, number, number]): Promise<Tensor> {
    const { data } = await this.weights.load(name, [out, channels, kh, kw])
    const turned = data.constructor === Float32Array ? new Float32Array(data.length) : new Uint16Array(data.length)
    const taps = kh * kw
    for (let o = 0, at = 0; o < out; o++)
      for (let tap = 0; tap < taps; tap++) for (let c = 0; c < channels; c++) turned[at++] = data[(o * channels + c) * taps + tap]
    return this.#upload(turned, [out, kh, kw, channels], name)
  }

  /** Waits for all uploads and closes the files; returns what `release` must be called with when the model is no longer needed. */
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
  ): Promise<{ model: T; owned: Tensor[] }> {
    const loader = new Loader(weights, backend)
    try {
      const model = await build(loader)
      return { model, owned: await loader.finish() }
    } catch (error) {
      release(...loader.#shared.owned)
      await weights.close().catch(() => {})
      throw error
    }
  }

  async #upload(data: Float32Array | Uint16Array, shape: readonly number[], name: string): Promise<Tensor> {
    const shared = this.#shared
    const tensor = Tensor.from(shared.backend, data, shape, `${this.path}.${name}`)
    shared.owned.push(tensor)
    shared.pending += data.byteLength
    if (shared.pending > MAX_PENDING) {
      shared.pending = 0
      await shared.backend.flush()
    }
    return tensor
  }
}
