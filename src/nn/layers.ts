/**
 * @file Layers with weights: linear, convolution, group norm, layer norm. Each is loaded from the
 * path that holds its `weight` and `bias`.
 */
import {
  type ConvOptions,
  conv2d,
  groupNorm,
  type LinearOptions,
  layerNorm,
  linear,
  linearGeglu,
  type Padding,
  type Tensor,
} from '../tensor/index.ts'
import type { Loader } from './loader.ts'

export class Linear {
  readonly #weight: Tensor
  readonly #bias?: Tensor

  private constructor(weight: Tensor, bias?: Tensor) {
    this.#weight = weight
    this.#bias = bias
  }

  /**
   * `weight` may also be stored as a 1×1 convolution [out, in, 1, 1]: over channels-last pixels
   * that is the same layer.
   */
  static async load(at: Loader, inputs: number, outputs: number, { bias = true } = {}): Promise<Linear> {
    return new Linear(await at.matrix('weight', [outputs, inputs]), bias ? await at.vector('bias', outputs) : undefined)
  }

  /** x [..., in] → [..., out] */
  forward(x: Tensor, options: Omit<LinearOptions, 'bias'> = {}): Tensor {
    return linear(x, this.#weight, { ...options, bias: this.#bias })
  }

  /** x [..., in] → [..., out/2]: the first half of the layer's outputs, gated by the second. */
  geglu(x: Tensor): Tensor {
    return linearGeglu(x, this.#weight, this.#bias)
  }
}

export interface ConvShape {
  inputs: number
  outputs: number
  kernel: number
  stride?: number
  padding?: number | Padding
}

export class Conv2d {
  readonly #weight: Tensor
  readonly #bias: Tensor
  readonly #stride: number
  readonly #padding: number | Padding

  private constructor(weight: Tensor, bias: Tensor, stride: number, padding: number | Padding) {
    this.#weight = weight
    this.#bias = bias
    this.#stride = stride
    this.#padding = padding
  }

  static async load(at: Loader, { inputs, outputs, kernel, stride = 1, padding = 0 }: ConvShape): Promise<Conv2d> {
    const weight = await at.filters('weight', [outputs, inputs, kernel, kernel])
    return new Conv2d(weight, await at.vector('bias', outputs), stride, padding)
  }

  /** x [N, H, W, in] → [N, H', W', out] */
  forward(x: Tensor, options: Omit<ConvOptions, 'bias' | 'stride' | 'padding'> = {}): Tensor {
    return conv2d(x, this.#weight, { ...options, bias: this.#bias, stride: this.#stride, padding: this.#padding })
  }
}

export class GroupNorm {
  readonly #gamma: Tensor
  readonly #beta: Tensor
  readonly #groups: number
  readonly #eps: number

  private constructor(gamma: Tensor, beta: Tensor, groups: number, eps: number) {
    this.#gamma = gamma
    this.#beta = beta
    this.#groups = groups
    this.#eps = eps
  }

  static async load(at: Loader, channels: number, groups: number, eps: number): Promise<GroupNorm> {
    return new GroupNorm(await at.vector('weight', channels), await at.vector('bias', channels), groups, eps)
  }

  forward(x: Tensor, { silu = false } = {}): Tensor {
    return groupNorm(x, this.#gamma, this.#beta, { groups: this.#groups, eps: this.#eps, silu })
  }
}

export class LayerNorm {
  readonly #gamma: Tensor
  readonly #beta: Tensor
  readonly #eps: number

  private constructor(gamma: Tensor, beta: Tensor, eps: number) {
    this.#gamma = gamma
    this.#beta = beta
    this.#eps = eps
  }

  static async load(at: Loader, channels: number, eps = 1e-5): Promise<LayerNorm> {
    return new LayerNorm(await at.vector('weight', channels), await at.vector('bias', channels), eps)
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.#gamma, this.#beta, this.#eps)
  }
}
