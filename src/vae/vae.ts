/**
 * @file AutoencoderKL: pictures to latents and back. A latent is an eighth of the picture's sides
 * (for SD) with 4 channels.
 */
import { Config } from '../checkpoint/config.ts'
import type { Files } from '../checkpoint/files.ts'
import { VAE_ATTENTION } from '../checkpoint/vae-attention.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import { type Aliases, Weights, type WeightView } from '../checkpoint/weights.ts'
import { AdzusError, check } from '../errors.ts'
import { Conv2d } from '../nn/layers.ts'
import { Loader } from '../nn/loader.ts'
import { add, affine, type Backend, multiply, release, show, slice, Tensor } from '../tensor/index.ts'
import { Decoder, Encoder, type Observe } from './coder.ts'
import { readVaeConfig, type VaeConfig } from './config.ts'

const aliases: Aliases = (path) => {
  const [, at, layer, kind] = /^(.*\.attentions\.0\.)(\w+(?:\.0)?)(\.\w+)$/.exec(path) ?? []
  return VAE_ATTENTION[layer]?.map((name) => at + name + kind) ?? []
}

/** Which halves are loaded, and how their weights are stored. */
export interface Halves {
  dtype?: WishedDtype
  encoder?: boolean
  decoder?: boolean
}

interface Parts {
  encoder?: Encoder
  quantConv?: Conv2d
  decoder?: Decoder
  postQuantConv?: Conv2d
}

export class Vae {
  readonly config: VaeConfig
  readonly #backend: Backend
  readonly #parts: Parts
  readonly #owned: Tensor[]

  private constructor(config: VaeConfig, backend: Backend, parts: Parts, owned: Tensor[]) {
    this.config = config
    this.#backend = backend
    this.#parts = parts
    this.#owned = owned
  }

  /**
   * Loads the halves that are wanted: the encoder unless told otherwise, the decoder on request.
   */
  static async load(files: Files, folder: string, backend: Backend, halves: Halves = {}): Promise<Vae> {
    const config = readVaeConfig(await Config.read(files, folder ? `${folder}/config.json` : 'config.json'))
    return Vae.build(config, await Weights.open(files, folder, aliases), backend, halves)
  }

  /**
   * Builds the halves that are wanted of the model that a configuration describes; closes the
   * weights.
   */
  static async build(
    config: VaeConfig,
    weights: WeightView,
    backend: Backend,
    { encoder = true, decoder = false, dtype }: Halves = {},
  ): Promise<Vae> {
    const { latentChannels: c } = config
    const load = async (at: Loader) => ({
      encoder: encoder ? await Encoder.load(at.at('encoder'), config) : undefined,
      quantConv:
        encoder && config.quantConv ? await Conv2d.load(at.at('quant_conv'), { inputs: 2 * c, outputs: 2 * c, kernel: 1 }) : undefined,
      decoder: decoder ? await Decoder.load(at.at('decoder'), config) : undefined,
      postQuantConv:
        decoder && config.postQuantConv ? await Conv2d.load(at.at('post_quant_conv'), { inputs: c, outputs: c, kernel: 1 }) : undefined,
    })
    const { model, owned } = await Loader.run(weights, backend, load, dtype)
    return new Vae(config, backend, model, owned)
  }

  /** How many pixels a latent cell spans on each side. */
  get factor(): number {
    return 2 ** (this.config.channels.length - 1)
  }

  /**
   * Mean and log-variance of the latent distribution of a picture.
   * @param image [N, H, W, 3] in −1 … 1; sides at least `factor`
   * @returns mean, logvar [N, h, w, latent channels]; logvar is not clamped yet (`sample` does);
   *   the caller disposes both
   */
  encode(image: Tensor, observe?: Observe): { mean: Tensor; logvar: Tensor } {
    const { encoder, quantConv } = this.#parts
    if (!encoder) throw notLoaded('encoder')
    check(
      image.shape.length === 4 && image.shape[3] === this.config.inChannels && Math.min(image.shape[1], image.shape[2]) >= this.factor,
      () => ({
        what: 'vae: image',
        expected: `[N, H, W, ${this.config.inChannels}] with sides of ${this.factor} or more`,
        got: show(image.shape),
      }),
    )
    let moments = encoder.forward(image, observe)
    if (quantConv) {
      const next = quantConv.forward(moments)
      moments.dispose()
      moments = next
    }
    const c = this.config.latentChannels
    const mean = slice(moments, -1, 0, c)
    const logvar = slice(moments, -1, c, c)
    moments.dispose()
    return { mean, logvar }
  }

  /**
   * A draw of the distribution: mean + exp(clamp(logvar, −30, 20)/2) · noise. `noise` [N·h·w·c],
   * standard normal.
   */
  async sample(mean: Tensor, logvar: Tensor, noise: Float32Array): Promise<Tensor> {
    const deviations = (await logvar.floats()).map((v, i) => Math.exp(Math.min(20, Math.max(-30, v)) / 2) * noise[i])
    const shift = Tensor.from(this.#backend, deviations, mean.shape, 'noise')
    const out = add(mean, shift)
    shift.dispose()
    return out
  }

  /**
   * The latent as the UNet takes it: (z − mean)·scale/std where the family has per-channel
   * statistics, else (z − shift)·scale.
   */
  scale(z: Tensor): Tensor {
    const { factor, offset } = this.#perChannel()
    return this.#affine(z, factor, offset)
  }

  /** The inverse of `scale`. */
  unscale(latent: Tensor): Tensor {
    const { factor, offset } = this.#perChannel()
    return this.#affine(
      latent,
      factor.map((f) => 1 / f),
      offset.map((o, i) => -o / factor[i]),
    )
  }

  /**
   * z [N, h, w, latent channels] (unscaled) → picture [N, 8h, 8w, 3], about −1 … 1; the caller
   * disposes it.
   */
  decode(z: Tensor, observe?: Observe): Tensor {
    const { decoder, postQuantConv } = this.#parts
    if (!decoder) throw notLoaded('decoder')
    if (!postQuantConv) return decoder.forward(z, observe)
    const input = postQuantConv.forward(z)
    const out = decoder.forward(input, observe)
    input.dispose()
    return out
  }

  /** Whether any weight is stored as f16. */
  get holdsHalf(): boolean {
    return this.#owned.some(({ dtype }) => dtype === 'f16')
  }

  dispose(): void {
    release(...this.#owned)
  }

  #perChannel(): { factor: number[]; offset: number[] } {
    const { scalingFactor, shiftFactor, latentsMean, latentsStd, latentChannels } = this.config
    const factor = Array.from({ length: latentChannels }, (_, i) => scalingFactor / (latentsStd?.[i] ?? 1))
    return { factor, offset: factor.map((f, i) => -(latentsMean?.[i] ?? shiftFactor) * f) }
  }

  #affine(z: Tensor, factor: number[], offset: number[]): Tensor {
    if (new Set(factor).size === 1 && new Set(offset).size === 1) return affine(z, factor[0], offset[0])
    const f = Tensor.from(this.#backend, Float32Array.from(factor), [factor.length], 'latent scale')
    const o = Tensor.from(this.#backend, Float32Array.from(offset), [offset.length], 'latent shift')
    const scaled = multiply(z, f)
    const out = add(scaled, o)
    release(f, o, scaled)
    return out
  }
}

function notLoaded(half: string): AdzusError {
  return new AdzusError({ what: 'vae', expected: `the ${half}`, got: 'a VAE without it', hint: `Load it with { ${half}: true }.` })
}
