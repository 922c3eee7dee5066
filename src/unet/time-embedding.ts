/**
 * @file Time steps as vectors: sinusoids of geometric frequencies exp(−ln(10000)·i/(half − shift)),
 * i = 0 … half − 1, cos first if `flip`, then a small perceptron (Ho et al. 2020, as diffusers
 * implements it).
 */
import { Linear } from '../nn/layers.ts'
import type { Loader } from '../nn/loader.ts'
import { chain, silu, type Tensor } from '../tensor/index.ts'

const { fround } = Math

/** values [n] → n rows of `size` sinusoids. */
export function sinusoids(values: ArrayLike<number>, size: number, { flip, shift }: { flip: boolean; shift: number }): Float32Array {
  const half = size / 2
  const out = new Float32Array(values.length * size)
  for (let row = 0; row < values.length; row++)
    for (let i = 0; i < half; i++) {
      // Each step rounded to f32, as PyTorch does it: at 300 radians a rounding is worth 2e-5,
      // which a deep network enlarges.
      const exponent = fround(fround(fround(-Math.log(10000)) * i) / (half - shift))
      const angle = fround(fround(values[row]) * fround(Math.exp(exponent)))
      out[row * size + i] = flip ? Math.cos(angle) : Math.sin(angle)
      out[row * size + half + i] = flip ? Math.sin(angle) : Math.cos(angle)
    }
  return out
}

/** Linear, SiLU, Linear. */
export class Embedding {
  readonly #linear1: Linear
  readonly #linear2: Linear

  private constructor(linear1: Linear, linear2: Linear) {
    this.#linear1 = linear1
    this.#linear2 = linear2
  }

  static async load(at: Loader, inputs: number, outputs: number): Promise<Embedding> {
    return new Embedding(await Linear.load(at.at('linear_1'), inputs, outputs), await Linear.load(at.at('linear_2'), outputs, outputs))
  }

  forward(x: Tensor): Tensor {
    return chain(
      x,
      (h) => this.#linear1.forward(h),
      silu,
      (h) => this.#linear2.forward(h),
    )
  }
}
