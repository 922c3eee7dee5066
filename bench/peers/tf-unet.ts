/** @file The UNet of layers in TensorFlow.js. */
import { Config } from '../../src/checkpoint/config.ts'
import type { Files } from '../../src/checkpoint/files.ts'
import { check } from '../../src/errors.ts'
import { type Level, readUNetConfig, type UNetConfig } from '../../src/unet/config.ts'
import { sinusoids } from '../../src/unet/time-embedding.ts'
import type { Tf, TfTensor } from './tf.ts'
import { TfLayers } from './tf-layers.ts'

/** ε of the group norm before transformers. */
const TRANSFORMER_EPS = 1e-6

export class TfUNet {
  readonly #config: UNetConfig
  readonly #layers: TfLayers

  private constructor(config: UNetConfig, layers: TfLayers) {
    this.#config = config
    this.#layers = layers
  }

  static async load(tf: Tf, files: Files): Promise<TfUNet> {
    const config = readUNetConfig(await Config.read(files, 'unet/config.json'))
    check(!config.added && config.downsamplePadding === 1, () => ({
      what: 'UNet for TensorFlow.js',
      where: files.root,
      expected: 'Stable Diffusion 1 or 2',
      got: 'another family',
    }))
    return new TfUNet(config, await TfLayers.load(tf, files, { folder: 'unet', groups: config.groups }))
  }

  dispose(): void {
    this.#layers.dispose()
  }

  /** x [1, h, w, channels], context [tokens, size] → noise [1, h, w, channels]. */
  forward(x: TfTensor, timestep: number, context: TfTensor): TfTensor {
    const config = this.#config
    const layers = this.#layers
    const { tf } = layers
    const time = this.#time(timestep)
    const resnet = (h: TfTensor, name: string) => layers.resnet(h, name, config.eps, time)
    const stage = (h: TfTensor, block: string, level: Level, i: number) => {
      const out = resnet(h, `${block}.resnets.${i}`)
      return level.attention ? this.#transformer(out, context, `${block}.attentions.${i}`, level) : out
    }
    let state = layers.conv(x, 'conv_in')
    const skips = [state]
    for (const [b, level] of config.down.entries()) {
      for (let i = 0; i < level.resnets; i++) {
        state = stage(state, `down_blocks.${b}`, level, i)
        skips.push(state)
      }
      if (b === config.down.length - 1) continue
      state = layers.halve(state, `down_blocks.${b}.downsamplers.0.conv`, 'around')
      skips.push(state)
    }
    state = stage(state, 'mid_block', config.mid, 0)
    state = resnet(state, 'mid_block.resnets.1')
    for (const [b, level] of config.up.entries()) {
      for (let i = 0; i <= level.resnets; i++) state = stage(tf.concat([state, skips.pop()!], 3), `up_blocks.${b}`, level, i)
      if (b === config.up.length - 1) continue
      const large = tf.image.resizeNearestNeighbor(state, skips.at(-1)!.shape.slice(1, 3))
      state = layers.conv(large, `up_blocks.${b}.upsamplers.0.conv`)
    }
    return layers.conv(layers.normSilu(state, 'conv_norm_out', config.eps), 'conv_out')
  }

  #time(timestep: number): TfTensor {
    const { down, flipSinToCos: flip, freqShift: shift } = this.#config
    const layers = this.#layers
    const waves = layers.tf.tensor(sinusoids([timestep], down[0].channels, { flip, shift }), [1, down[0].channels])
    // Every residual block begins with SiLU of it.
    return layers.silu(layers.linear(layers.silu(layers.linear(waves, 'time_embedding.linear_1')), 'time_embedding.linear_2'))
  }

  #transformer(x: TfTensor, context: TfTensor, name: string, { channels, heads, depth }: Level): TfTensor {
    const layers = this.#layers
    const { tf } = layers
    const normed = layers.groupNorm(x, `${name}.norm`, TRANSFORMER_EPS)
    let state = layers.linear(tf.reshape(normed, [-1, channels]), `${name}.proj_in`)
    for (let i = 0; i < depth; i++) {
      const block = `${name}.transformer_blocks.${i}`
      const own = layers.layerNorm(state, `${block}.norm1`)
      state = tf.add(layers.attention(own, own, `${block}.attn1`, heads), state)
      state = tf.add(layers.attention(layers.layerNorm(state, `${block}.norm2`), context, `${block}.attn2`, heads), state)
      const wide = layers.linear(layers.layerNorm(state, `${block}.norm3`), `${block}.ff.net.0.proj`)
      const [values, gate] = tf.split(wide, 2, 1)
      state = tf.add(layers.linear(tf.mul(values, this.#gelu(gate)), `${block}.ff.net.2`), state)
    }
    return tf.add(tf.reshape(layers.linear(state, `${name}.proj_out`), x.shape), x)
  }

  #gelu(x: TfTensor): TfTensor {
    const { tf } = this.#layers
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))
  }
}
