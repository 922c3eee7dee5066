/**
 * @file The UNet in operations of TensorFlow.js, which has none of its own: one image, channels last, weights in the order in which its products and convolutions
 * take them. Names are those of the checkpoint.
 */
import { Config } from '../../src/checkpoint/config.ts'
import type { Files } from '../../src/checkpoint/files.ts'
import { Weights } from '../../src/checkpoint/weights.ts'
import { check } from '../../src/errors.ts'
import { halfToFloat } from '../../src/tensor/half.ts'
import { type Level, readUNetConfig, type UNetConfig } from '../../src/unet/config.ts'
import { sinusoids } from '../../src/unet/time-embedding.ts'
import { transpose } from './layout.ts'
import type { Tf, TfTensor } from './tf.ts'

/** ε of the norms inside transformers. */
const [TRANSFORMER_EPS, LAYER_EPS] = [1e-6, 1e-5]

export class TfUNet {
  readonly #tf: Tf
  readonly #config: UNetConfig
  readonly #weights: ReadonlyMap<string, TfTensor>

  private constructor(tf: Tf, config: UNetConfig, weights: ReadonlyMap<string, TfTensor>) {
    this.#tf = tf
    this.#config = config
    this.#weights = weights
  }

  static async load(tf: Tf, files: Files): Promise<TfUNet> {
    const config = readUNetConfig(await Config.read(files, 'unet/config.json'))
    check(!config.added && config.downsamplePadding === 1, () => ({
      what: 'UNet for TensorFlow.js',
      where: files.root,
      expected: 'Stable Diffusion 1 or 2',
      got: 'another family',
    }))
    const source = await Weights.open(files, 'unet')
    const weights = new Map<string, TfTensor>()
    for (const name of source.names()) {
      const shape = source.shape(name)
      const { dtype, data } = await source.load(name, shape)
      weights.set(name, place(tf, dtype === 'f32' ? data : halfToFloat(data), shape))
    }
    await source.close()
    return new TfUNet(tf, config, weights)
  }

  dispose(): void {
    for (const weight of this.#weights.values()) weight.dispose()
  }

  /** x [1, h, w, channels], context [tokens, size] → noise [1, h, w, channels]. */
  forward(x: TfTensor, timestep: number, context: TfTensor): TfTensor {
    const config = this.#config
    const time = this.#time(timestep)
    const resnet = (h: TfTensor, name: string) => this.#resnet(h, time, name)
    const stage = (h: TfTensor, block: string, level: Level, i: number) => {
      const out = resnet(h, `${block}.resnets.${i}`)
      return level.attention ? this.#transformer(out, context, `${block}.attentions.${i}`, level) : out
    }
    let state = this.#conv(x, 'conv_in')
    const skips = [state]
    for (const [b, level] of config.down.entries()) {
      for (let i = 0; i < level.resnets; i++) {
        state = stage(state, `down_blocks.${b}`, level, i)
        skips.push(state)
      }
      if (b === config.down.length - 1) continue
      state = this.#conv(state, `down_blocks.${b}.downsamplers.0.conv`, 2)
      skips.push(state)
    }
    state = stage(state, 'mid_block', config.mid, 0)
    state = resnet(state, 'mid_block.resnets.1')
    for (const [b, level] of config.up.entries()) {
      for (let i = 0; i <= level.resnets; i++) state = stage(this.#tf.concat([state, skips.pop()!], 3), `up_blocks.${b}`, level, i)
      if (b === config.up.length - 1) continue
      const large = this.#tf.image.resizeNearestNeighbor(state, skips.at(-1)!.shape.slice(1, 3))
      state = this.#conv(large, `up_blocks.${b}.upsamplers.0.conv`)
    }
    return this.#conv(this.#silu(this.#groupNorm(state, 'conv_norm_out', config.eps)), 'conv_out')
  }

  #time(timestep: number): TfTensor {
    const { down, flipSinToCos: flip, freqShift: shift } = this.#config
    const waves = this.#tf.tensor(sinusoids([timestep], down[0].channels, { flip, shift }), [1, down[0].channels])
    // Every residual block begins with SiLU of it.
    return this.#silu(this.#linear(this.#silu(this.#linear(waves, 'time_embedding.linear_1')), 'time_embedding.linear_2'))
  }

  #resnet(x: TfTensor, time: TfTensor, name: string): TfTensor {
    const { eps } = this.#config
    const first = this.#conv(this.#silu(this.#groupNorm(x, `${name}.norm1`, eps)), `${name}.conv1`)
    const timed = this.#tf.add(first, this.#linear(time, `${name}.time_emb_proj`))
    const second = this.#conv(this.#silu(this.#groupNorm(timed, `${name}.norm2`, eps)), `${name}.conv2`)
    return this.#tf.add(second, this.#weights.has(`${name}.conv_shortcut.weight`) ? this.#conv(x, `${name}.conv_shortcut`) : x)
  }

  #transformer(x: TfTensor, context: TfTensor, name: string, { channels, heads, depth }: Level): TfTensor {
    const tf = this.#tf
    const normed = this.#groupNorm(x, `${name}.norm`, TRANSFORMER_EPS)
    let state = this.#linear(tf.reshape(normed, [-1, channels]), `${name}.proj_in`)
    for (let i = 0; i < depth; i++) {
      const block = `${name}.transformer_blocks.${i}`
      const own = this.#layerNorm(state, `${block}.norm1`)
      state = tf.add(this.#attention(own, own, `${block}.attn1`, heads), state)
      state = tf.add(this.#attention(this.#layerNorm(state, `${block}.norm2`), context, `${block}.attn2`, heads), state)
      const wide = this.#linear(this.#layerNorm(state, `${block}.norm3`), `${block}.ff.net.0.proj`)
      const [values, gate] = tf.split(wide, 2, 1)
      state = tf.add(this.#linear(tf.mul(values, this.#gelu(gate)), `${block}.ff.net.2`), state)
    }
    return tf.add(tf.reshape(this.#linear(state, `${name}.proj_out`), x.shape), x)
  }

  /** x [tokens, C], seen [tokens, size] → [tokens, C]. */
  #attention(x: TfTensor, seen: TfTensor, name: string, heads: number): TfTensor {
    const tf = this.#tf
    const channels = x.shape[1]
    const split = (t: TfTensor) => tf.transpose(tf.reshape(t, [-1, heads, channels / heads]), [1, 0, 2])
    const q = split(this.#linear(x, `${name}.to_q`))
    const [k, v] = [split(this.#linear(seen, `${name}.to_k`)), split(this.#linear(seen, `${name}.to_v`))]
    const probabilities = tf.softmax(tf.mul(tf.matMul(q, k, false, true), (channels / heads) ** -0.5))
    const joined = tf.reshape(tf.transpose(tf.matMul(probabilities, v), [1, 0, 2]), [-1, channels])
    return this.#linear(joined, `${name}.to_out.0`)
  }

  #groupNorm(x: TfTensor, name: string, eps: number): TfTensor {
    const tf = this.#tf
    const channels = x.shape[3]
    const { groups } = this.#config
    const grouped = tf.reshape(x, [-1, groups, channels / groups])
    const normed = tf.reshape(this.#normalise(grouped, [0, 2], eps), x.shape)
    return this.#affine(normed, name)
  }

  #layerNorm(x: TfTensor, name: string): TfTensor {
    return this.#affine(this.#normalise(x, [1], LAYER_EPS), name)
  }

  #normalise(x: TfTensor, axes: readonly number[], eps: number): TfTensor {
    const tf = this.#tf
    const { mean, variance } = tf.moments(x, axes, true)
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps)))
  }

  #affine(x: TfTensor, name: string): TfTensor {
    return this.#tf.add(this.#tf.mul(x, this.#weight(`${name}.weight`)), this.#weight(`${name}.bias`))
  }

  #silu(x: TfTensor): TfTensor {
    return this.#tf.mul(x, this.#tf.sigmoid(x))
  }

  #gelu(x: TfTensor): TfTensor {
    const tf = this.#tf
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))
  }

  #linear(a: TfTensor, name: string): TfTensor {
    return this.#tf.fused.matMul({ a, b: this.#weight(`${name}.weight`), bias: this.#weights.get(`${name}.bias`) })
  }

  #conv(x: TfTensor, name: string, strides = 1): TfTensor {
    const filter = this.#weight(`${name}.weight`)
    // A matrix: a 1×1 convolution is a product over the pixels.
    if (filter.shape.length === 2) {
      const [, h, w, channels] = x.shape
      return this.#tf.reshape(this.#linear(this.#tf.reshape(x, [h * w, channels]), name), [1, h, w, filter.shape[1]])
    }
    return this.#tf.fused.conv2d({ x, filter, strides, pad: 1, bias: this.#weights.get(`${name}.bias`) })
  }

  #weight(name: string): TfTensor {
    return this.#weights.get(name)!
  }
}

/** A tensor of the checkpoint on the device: matrices [in, out], filters [height, width, in, out]. */
function place(tf: Tf, data: Float32Array, shape: readonly number[]): TfTensor {
  const [outputs, inputs, height = 1, width = 1] = shape
  if (shape.length === 1) return tf.tensor(data, shape)
  const turned = transpose(data, outputs, inputs * height * width)
  if (height * width === 1) return tf.tensor(turned, [inputs, outputs])
  const filter = new Float32Array(data.length)
  for (let i = 0; i < inputs; i++)
    for (let tap = 0; tap < height * width; tap++)
      filter.set(
        turned.subarray((i * height * width + tap) * outputs, (i * height * width + tap + 1) * outputs),
        (tap * inputs + i) * outputs,
      )
  return tf.tensor(filter, [height, width, inputs, outputs])
}
