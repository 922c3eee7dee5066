/**
 * @file CLIP's text encoder (transformers' CLIPTextModel and CLIPTextModelWithProjection): pre-norm
 * transformer with a causal mask, learned positions.
 *
 * Keys come with or without the prefix `text_model.`. The token table stays on the host, since it
 * can exceed what a device binds, and only the rows that a text needs go over.
 */
import { Config } from '../checkpoint/config.ts'
import type { Files } from '../checkpoint/files.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import { Weights, type WeightView } from '../checkpoint/weights.ts'
import { check } from '../errors.ts'
import { quoted } from '../messages.ts'
import { LayerNorm, Linear } from '../nn/layers.ts'
import { Loader } from '../nn/loader.ts'
import type { Stored } from '../safetensors/reader.ts'
import { halfTable } from '../tensor/half.ts'
import { type Activation, add, attention, type Backend, chain, gatherRows, release, Tensor } from '../tensor/index.ts'

export interface ClipConfig {
  vocabulary: number
  width: number
  inner: number
  layers: number
  heads: number
  positions: number
  activation: Activation
  eps: number
  eos: number
  /** Width of the projected pooled output, for a model that has a projection. */
  projection: number
}

const ACTIVATIONS: Record<string, Activation> = {
  quick_gelu: 'quickGelu',
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  silu: 'silu',
  swish: 'silu',
}

const WIDTHS = { from: 1, to: 20_480 }

/** Ranges reach to about ten times what published models have. */
export function readClipConfig(config: Config): ClipConfig {
  const act = config.string('hidden_act', 'quick_gelu')
  if (!Object.hasOwn(ACTIVATIONS, act)) throw config.wrong('hidden_act', Object.keys(ACTIVATIONS).join(', '), quoted(act))
  const width = config.int('hidden_size', 512, WIDTHS)
  const heads = config.int('num_attention_heads', 8, { from: 1, to: 1024 })
  if (width % heads !== 0) throw config.wrong('num_attention_heads', `a divisor of ${width}`, `${heads}`)
  const vocabulary = config.int('vocab_size', 49408, { from: 1, to: 1_000_000 })
  return {
    vocabulary,
    width,
    inner: config.int('intermediate_size', 2048, { from: 1, to: 81_920 }),
    layers: config.int('num_hidden_layers', 12, { from: 1, to: 320 }),
    heads,
    positions: config.int('max_position_embeddings', 77, { from: 1, to: 2480 }),
    activation: ACTIVATIONS[act],
    eps: config.number('layer_norm_eps', 1e-5, { above: 0, to: 0.01 }),
    eos: config.int('eos_token_id', 49407, { from: 0, below: Math.max(vocabulary, 49408) }),
    projection: config.int('projection_dim', 512, WIDTHS),
  }
}

class ClipLayer {
  readonly #config: ClipConfig
  readonly #parts: Record<'q' | 'k' | 'v' | 'out' | 'fc1' | 'fc2', Linear>
  readonly #norm1: LayerNorm
  readonly #norm2: LayerNorm

  private constructor(
    config: ClipConfig,
    parts: Record<'q' | 'k' | 'v' | 'out' | 'fc1' | 'fc2', Linear>,
    norm1: LayerNorm,
    norm2: LayerNorm,
  ) {
    this.#config = config
    this.#parts = parts
    this.#norm1 = norm1
    this.#norm2 = norm2
  }

  static async load(at: Loader, config: ClipConfig): Promise<ClipLayer> {
    const { width, inner, eps } = config
    const square = (name: string) => Linear.load(at.at('self_attn').at(name), width, width)
    const parts = {
      q: await square('q_proj'),
      k: await square('k_proj'),
      v: await square('v_proj'),
      out: await square('out_proj'),
      fc1: await Linear.load(at.at('mlp').at('fc1'), width, inner),
      fc2: await Linear.load(at.at('mlp').at('fc2'), inner, width),
    }
    return new ClipLayer(
      config,
      parts,
      await LayerNorm.load(at.at('layer_norm1'), width, eps),
      await LayerNorm.load(at.at('layer_norm2'), width, eps),
    )
  }

  /** x [N, tokens, width] is not disposed. */
  forward(x: Tensor): Tensor {
    const { q, k, v, out, fc1, fc2 } = this.#parts
    const { heads, activation } = this.#config
    const normed = this.#norm1.forward(x)
    const [queries, keys, values] = [q.forward(normed), k.forward(normed), v.forward(normed)]
    const attended = attention(queries, keys, values, { heads, causal: true }).out
    const state = out.forward(attended, { residual: x })
    release(normed, queries, keys, values, attended)
    const result = chain(
      state,
      (h) => this.#norm2.forward(h),
      (h) => fc1.forward(h, { activation }),
      (h) => fc2.forward(h, { residual: state }),
    )
    state.dispose()
    return result
  }
}

export interface ClipOutput {
  /** [N, tokens, width] after the final norm: the context of SD 1 and 2. */
  lastHiddenState: Tensor
  /**
   * The embedding and the result of every layer, before the final norm; SDXL takes the one before
   * the last.
   */
  hiddenStates: Tensor[]
  /** [N, width]: the last hidden state at each text's end token. */
  pooled: Tensor
  /** [N, projection], for a model with projection. */
  textEmbeds?: Tensor
}

/** Disposes all tensors of an output, but those in `keep`. */
export function releaseOutput({ lastHiddenState, hiddenStates, pooled, textEmbeds }: ClipOutput, ...keep: Tensor[]): void {
  for (const t of [lastHiddenState, ...hiddenStates, pooled, textEmbeds]) if (t && !keep.includes(t)) t.dispose()
}

interface Parts {
  tokens: Stored
  positions: Tensor
  layers: ClipLayer[]
  norm: LayerNorm
  projection?: Linear
}

export class ClipText {
  readonly config: ClipConfig
  readonly #backend: Backend
  readonly #parts: Parts
  readonly #owned: Tensor[]

  private constructor(config: ClipConfig, backend: Backend, parts: Parts, owned: Tensor[]) {
    this.config = config
    this.#backend = backend
    this.#parts = parts
    this.#owned = owned
  }

  static async load(files: Files, folder: string, backend: Backend, dtype?: WishedDtype): Promise<ClipText> {
    const config = readClipConfig(await Config.read(files, folder ? `${folder}/config.json` : 'config.json'))
    return ClipText.build(config, await Weights.open(files, folder, (path) => [`text_model.${path}`]), backend, dtype)
  }

  /** Builds the model that a configuration describes; closes the weights. */
  static async build(config: ClipConfig, weights: WeightView, backend: Backend, dtype?: WishedDtype): Promise<ClipText> {
    const load = async (at: Loader) => {
      const { width, vocabulary, positions, eps } = config
      const tokens = await at.at('embeddings').at('token_embedding').table('weight', [vocabulary, width])
      const table = await at.at('embeddings').at('position_embedding').matrix('weight', [positions, width])
      const layers: ClipLayer[] = []
      for (let i = 0; i < config.layers; i++) layers.push(await ClipLayer.load(at.at('encoder').at('layers').at(i), config))
      const norm = await LayerNorm.load(at.at('final_layer_norm'), width, eps)
      // The file decides: configurations do not always say which of the two models they belong to.
      const projected = at.weights.has('text_projection.weight')
      const projection = projected ? await Linear.load(at.at('text_projection'), width, config.projection, { bias: false }) : undefined
      return { tokens, positions: table, layers, norm, projection }
    }
    const { model, owned } = await Loader.run(weights, backend, load, dtype)
    return new ClipText(config, backend, model, owned)
  }

  /**
   * ids [N · tokens], row-major, `tokens` a text (at most the number of positions). The caller
   * disposes the output.
   */
  forward(ids: ArrayLike<number>, tokens = this.config.positions): ClipOutput {
    const { layers, norm, projection } = this.#parts
    const { width, positions } = this.config
    const batch = ids.length / tokens
    check(Number.isInteger(batch) && batch > 0 && tokens <= positions, () => ({
      what: 'text encoder',
      expected: `texts of at most ${positions} tokens`,
      got: `${ids.length} ids in texts of ${tokens}`,
    }))
    const hiddenStates = [this.#embed(ids, tokens)]
    for (const layer of layers) hiddenStates.push(layer.forward(hiddenStates.at(-1)!))
    const lastHiddenState = norm.forward(hiddenStates.at(-1)!)
    const rows = lastHiddenState.reshape([batch * tokens, width])
    const pooled = gatherRows(
      rows,
      Array.from({ length: batch }, (_, i) => i * tokens + this.#end(ids, i * tokens, tokens)),
    )
    rows.dispose()
    return { lastHiddenState, hiddenStates, pooled, textEmbeds: projection?.forward(pooled) }
  }

  dispose(): void {
    release(...this.#owned)
  }

  #embed(ids: ArrayLike<number>, tokens: number): Tensor {
    const { width, vocabulary } = this.config
    const { dtype, data } = this.#parts.tokens
    const values = halfTable()
    const rows = new Float32Array(ids.length * width)
    for (let i = 0; i < ids.length; i++) {
      check(ids[i] >= 0 && ids[i] < vocabulary, () => ({
        what: 'text encoder',
        expected: `token ids below ${vocabulary}`,
        got: `${ids[i]}`,
      }))
      for (let c = 0; c < width; c++) {
        const stored = data[ids[i] * width + c]
        rows[i * width + c] = dtype === 'f16' ? values[stored] : stored
      }
    }
    const batch = ids.length / tokens
    const embedded = Tensor.from(this.#backend, rows, [batch, tokens * width], 'token embeddings')
    const places = gatherRows(
      this.#parts.positions,
      Array.from({ length: tokens }, (_, i) => i),
    )
    const flat = places.reshape([tokens * width])
    const sum = add(embedded, flat)
    const state = sum.reshape([batch, tokens, width])
    release(embedded, places, flat, sum)
    return state
  }

  /**
   * Position of the pooled token: the first end token, or for old configs (eos_token_id 2) the
   * largest id.
   */
  #end(ids: ArrayLike<number>, first: number, tokens: number): number {
    const text = Array.from({ length: tokens }, (_, i) => ids[first + i])
    if (this.config.eos === 2) return text.indexOf(Math.max(...text))
    return Math.max(0, text.indexOf(this.config.eos))
  }
}
