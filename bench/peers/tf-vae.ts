/** @file The VAE's encoder of layers in TensorFlow.js. */
import { Config } from '../../src/checkpoint/config.ts'
import type { Files } from '../../src/checkpoint/files.ts'
import { VAE_ATTENTION } from '../../src/checkpoint/vae-attention.ts'
import { readVaeConfig, type VaeConfig } from '../../src/vae/config.ts'
import { VAE_EPS } from '../../src/vae/mid-block.ts'
import type { Tf, TfTensor } from './tf.ts'
import { TfLayers } from './tf-layers.ts'

/** A tensor's name today; the decoder's are not needed. */
function rename(stored: string): string | undefined {
  if (stored.startsWith('decoder.') || stored.startsWith('post_quant_conv.')) return undefined
  for (const [now, names] of Object.entries(VAE_ATTENTION)) {
    const name = names.find((n) => stored.includes(`.attentions.0.${n}.`))
    if (name !== undefined) return stored.replace(`.attentions.0.${name}.`, `.attentions.0.${now}.`)
  }
  return stored
}

export class TfVae {
  readonly #config: VaeConfig
  readonly #layers: TfLayers

  private constructor(config: VaeConfig, layers: TfLayers) {
    this.#config = config
    this.#layers = layers
  }

  static async load(tf: Tf, files: Files): Promise<TfVae> {
    const config = readVaeConfig(await Config.read(files, 'vae/config.json'))
    return new TfVae(config, await TfLayers.load(tf, files, { folder: 'vae', groups: config.groups, rename }))
  }

  dispose(): void {
    this.#layers.dispose()
  }

  /** The latent distribution's mean, unscaled. x [1, h, w, 3] in −1 … 1, sides multiples of a latent cell's → [1, h′, w′, latent channels]. */
  mean(x: TfTensor): TfTensor {
    const { channels, layersPerBlock, midAttention, quantConv } = this.#config
    const layers = this.#layers
    const resnet = (h: TfTensor, name: string) => layers.resnet(h, `encoder.${name}`, VAE_EPS)
    let state = layers.conv(x, 'encoder.conv_in')
    for (const b of channels.keys()) {
      for (let i = 0; i < layersPerBlock; i++) state = resnet(state, `down_blocks.${b}.resnets.${i}`)
      if (b < channels.length - 1) state = layers.halve(state, `encoder.down_blocks.${b}.downsamplers.0.conv`, 'last')
    }
    state = resnet(state, 'mid_block.resnets.0')
    if (midAttention) state = this.#attention(state)
    state = resnet(state, 'mid_block.resnets.1')
    const moments = layers.conv(layers.normSilu(state, 'encoder.conv_norm_out', VAE_EPS), 'encoder.conv_out')
    const [mean] = layers.tf.split(quantConv ? layers.conv(moments, 'quant_conv') : moments, 2, 3)
    return mean
  }

  /** All pixels, a single head. */
  #attention(x: TfTensor): TfTensor {
    const layers = this.#layers
    const { tf } = layers
    const name = 'encoder.mid_block.attentions.0'
    const tokens = tf.reshape(layers.groupNorm(x, `${name}.group_norm`, VAE_EPS), [-1, x.shape[3]])
    return tf.add(tf.reshape(layers.attention(tokens, tokens, name, 1), x.shape), x)
  }
}
