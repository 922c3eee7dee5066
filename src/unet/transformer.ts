/**
 * @file The transformer between residual blocks: group norm (eps 1e-6), projection in, blocks of
 * self-attention, cross-attention and feed-forward, projection out, plus the input. Whether the
 * projections are stored as 1×1 convolutions (SD 1) or linear layers (SD 2) makes no difference
 * channels-last.
 */
import { GroupNorm, LayerNorm, Linear } from '../nn/layers.ts'
import type { Loader } from '../nn/loader.ts'
import { release, type Tensor } from '../tensor/index.ts'
import { Attention } from './attention-layer.ts'
import type { Level } from './config.ts'
import type { Pass } from './pass.ts'

class Block {
  readonly attentions: readonly [Attention, Attention]
  readonly #norms: readonly [LayerNorm, LayerNorm, LayerNorm]
  readonly #expand: Linear
  readonly #contract: Linear

  private constructor(attentions: [Attention, Attention], norms: [LayerNorm, LayerNorm, LayerNorm], expand: Linear, contract: Linear) {
    this.attentions = attentions
    this.#norms = norms
    this.#expand = expand
    this.#contract = contract
  }

  static async load(at: Loader, { channels, heads, contextSize }: Level): Promise<Block> {
    const norm1 = await LayerNorm.load(at.at('norm1'), channels)
    const attn1 = await Attention.load(at.at('attn1'), { channels, heads })
    const norm2 = await LayerNorm.load(at.at('norm2'), channels)
    const attn2 = await Attention.load(at.at('attn2'), { channels, heads, context: contextSize })
    const norm3 = await LayerNorm.load(at.at('norm3'), channels)
    const net = at.at('ff').at('net')
    const expand = await Linear.load(net.at(0).at('proj'), channels, 8 * channels)
    return new Block([attn1, attn2], [norm1, norm2, norm3], expand, await Linear.load(net.at(2), 4 * channels, channels))
  }

  /** x [N, tokens, C] is disposed. Undefined where the pass ends. */
  forward(x: Tensor, pass: Pass, grid: { h: number; w: number }): Tensor | undefined {
    let state = x
    for (const [i, attention] of this.attentions.entries()) {
      const normed = this.#norms[i].forward(state)
      const next = attention.forward(normed, state, grid, pass)
      release(normed, state)
      if (!next) return undefined
      state = next
    }
    const normed = this.#norms[2].forward(state)
    const gated = this.#expand.geglu(normed)
    const out = this.#contract.forward(gated, { residual: state })
    release(normed, gated, state)
    return out
  }
}

export class Transformer {
  readonly #norm: GroupNorm
  readonly #in: Linear
  readonly #blocks: Block[]
  readonly #out: Linear

  private constructor(norm: GroupNorm, projIn: Linear, blocks: Block[], projOut: Linear) {
    this.#norm = norm
    this.#in = projIn
    this.#blocks = blocks
    this.#out = projOut
  }

  static async load(at: Loader, level: Level, groups: number): Promise<Transformer> {
    const { channels, depth } = level
    const norm = await GroupNorm.load(at.at('norm'), channels, groups, 1e-6)
    const projIn = await Linear.load(at.at('proj_in'), channels, channels)
    const blocks: Block[] = []
    for (let i = 0; i < depth; i++) blocks.push(await Block.load(at.at('transformer_blocks').at(i), level))
    return new Transformer(norm, projIn, blocks, await Linear.load(at.at('proj_out'), channels, channels))
  }

  /** Its attention layers in order. */
  get attentions(): Attention[] {
    return this.#blocks.flatMap((b) => b.attentions)
  }

  /** x [N,H,W,C] → same shape, or undefined where the pass ends; x is not disposed. */
  forward(x: Tensor, pass: Pass): Tensor | undefined {
    const [batch, h, w, channels] = x.shape
    const normed = this.#norm.forward(x)
    const pixels = this.#in.forward(normed)
    let tokens = pixels.reshape([batch, h * w, channels])
    release(normed, pixels)
    for (const block of this.#blocks) {
      const next = block.forward(tokens, pass, { h, w })
      if (!next) return undefined
      tokens = next
    }
    const state = tokens.reshape(x.shape)
    const out = this.#out.forward(state, { residual: x })
    release(tokens, state)
    return out
  }
}
