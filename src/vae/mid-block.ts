/**
 * @file The VAE's middle: residual block, self-attention of all pixels with a single head, residual
 * block.
 */
import { GroupNorm, Linear } from '../nn/layers.ts'
import type { Loader } from '../nn/loader.ts'
import { Resnet } from '../nn/resnet.ts'
import { attention, chain, release, type Tensor } from '../tensor/index.ts'

/** GroupNorm's epsilon everywhere in a VAE. */
export const VAE_EPS = 1e-6

class PixelAttention {
  readonly #norm: GroupNorm
  readonly #q: Linear
  readonly #k: Linear
  readonly #v: Linear
  readonly #out: Linear

  private constructor(norm: GroupNorm, q: Linear, k: Linear, v: Linear, out: Linear) {
    this.#norm = norm
    this.#q = q
    this.#k = k
    this.#v = v
    this.#out = out
  }

  static async load(at: Loader, channels: number, groups: number): Promise<PixelAttention> {
    const norm = await GroupNorm.load(at.at('group_norm'), channels, groups, VAE_EPS)
    const linear = (name: Loader) => Linear.load(name, channels, channels)
    return new PixelAttention(
      norm,
      await linear(at.at('to_q')),
      await linear(at.at('to_k')),
      await linear(at.at('to_v')),
      await linear(at.at('to_out').at(0)),
    )
  }

  /** x [N,H,W,C] → same shape, x added; x is not disposed. */
  forward(x: Tensor): Tensor {
    const [batch, , , channels] = x.shape
    const normed = this.#norm.forward(x)
    const tokens = normed.reshape([batch, -1, channels])
    const q = this.#q.forward(tokens)
    const k = this.#k.forward(tokens)
    const v = this.#v.forward(tokens)
    release(normed, tokens)
    const { out } = attention(q, k, v, { heads: 1 })
    release(q, k, v)
    const pixels = out.reshape(x.shape)
    const result = this.#out.forward(pixels, { residual: x })
    release(out, pixels)
    return result
  }
}

export class VaeMidBlock {
  readonly #first: Resnet
  readonly #attention?: PixelAttention
  readonly #second: Resnet

  private constructor(first: Resnet, attention: PixelAttention | undefined, second: Resnet) {
    this.#first = first
    this.#attention = attention
    this.#second = second
  }

  static async load(at: Loader, channels: number, groups: number, withAttention: boolean): Promise<VaeMidBlock> {
    const shape = { inputs: channels, outputs: channels, groups, eps: VAE_EPS }
    const first = await Resnet.load(at.at('resnets').at(0), shape)
    const middle = withAttention ? await PixelAttention.load(at.at('attentions').at(0), channels, groups) : undefined
    return new VaeMidBlock(first, middle, await Resnet.load(at.at('resnets').at(1), shape))
  }

  /** x is not disposed. */
  forward(x: Tensor): Tensor {
    const attend = this.#attention
    return chain(
      x,
      (h) => this.#first.forward(h),
      ...(attend ? [(h: Tensor) => attend.forward(h)] : []),
      (h) => this.#second.forward(h),
    )
  }
}
