/**
 * @file The layers of UNet and VAE in operations of TensorFlow.js, which has none of its own: one image, channels last, weights in the order in which its products
 * and convolutions take them. Layers go by their names in the checkpoint.
 */
import type { Files } from '../../src/checkpoint/files.ts'
import { Weights } from '../../src/checkpoint/weights.ts'
import { halfToFloat } from '../../src/tensor/half.ts'
import { transpose } from './layout.ts'
import type { Tf, TfTensor } from './tf.ts'

/** ε of layer norms. */
const LAYER_EPS = 1e-5

interface Wanted {
  folder: string
  /** Of group norms. */
  groups: number
  /** The name under which a stored tensor is used; those without one are left out. */
  rename?: (stored: string) => string | undefined
}

export class TfLayers {
  readonly tf: Tf
  readonly #groups: number
  readonly #weights: ReadonlyMap<string, TfTensor>

  private constructor(tf: Tf, groups: number, weights: ReadonlyMap<string, TfTensor>) {
    this.tf = tf
    this.#groups = groups
    this.#weights = weights
  }

  static async load(tf: Tf, files: Files, { folder, groups, rename = (stored) => stored }: Wanted): Promise<TfLayers> {
    const source = await Weights.open(files, folder)
    const weights = new Map<string, TfTensor>()
    for (const stored of source.names()) {
      const name = rename(stored)
      if (name === undefined) continue
      const shape = source.shape(stored)
      const { dtype, data } = await source.load(stored, shape)
      weights.set(name, place(tf, dtype === 'f32' ? data : halfToFloat(data), shape))
    }
    await source.close()
    return new TfLayers(tf, groups, weights)
  }

  dispose(): void {
    for (const weight of this.#weights.values()) weight.dispose()
  }

  /** x [1, h, w, C] and, in a UNet, the time embedding after SiLU [1, length] → [1, h, w, C′]. What lies between is freed. */
  resnet(x: TfTensor, name: string, eps: number, time?: TfTensor): TfTensor {
    const { tf } = this
    return tf.tidy(() => {
      const first = this.conv(this.normSilu(x, `${name}.norm1`, eps), `${name}.conv1`)
      const timed = time ? tf.add(first, this.linear(time, `${name}.time_emb_proj`)) : first
      const second = this.conv(this.normSilu(timed, `${name}.norm2`, eps), `${name}.conv2`)
      return tf.add(second, this.#weights.has(`${name}.conv_shortcut.weight`) ? this.conv(x, `${name}.conv_shortcut`) : x)
    })
  }

  /** x [tokens, C], seen [tokens, size] → [tokens, C]. */
  attention(x: TfTensor, seen: TfTensor, name: string, heads: number): TfTensor {
    const { tf } = this
    const channels = x.shape[1]
    const split = (t: TfTensor) => tf.transpose(tf.reshape(t, [-1, heads, channels / heads]), [1, 0, 2])
    const q = split(this.linear(x, `${name}.to_q`))
    const [k, v] = [split(this.linear(seen, `${name}.to_k`)), split(this.linear(seen, `${name}.to_v`))]
    const probabilities = tf.softmax(tf.mul(tf.matMul(q, k, false, true), (channels / heads) ** -0.5))
    const joined = tf.reshape(tf.transpose(tf.matMul(probabilities, v), [1, 0, 2]), [-1, channels])
    return this.linear(joined, `${name}.to_out.0`)
  }

  /** x [1, h, w, C] → the same shape. */
  groupNorm(x: TfTensor, name: string, eps: number): TfTensor {
    const { tf } = this
    const grouped = tf.reshape(x, [-1, this.#groups, x.shape[3] / this.#groups])
    return this.#affine(tf.reshape(this.#normalise(grouped, [0, 2], eps), x.shape), name)
  }

  normSilu(x: TfTensor, name: string, eps: number): TfTensor {
    return this.silu(this.groupNorm(x, name, eps))
  }

  /** x [tokens, C] → the same shape. */
  layerNorm(x: TfTensor, name: string): TfTensor {
    return this.#affine(this.#normalise(x, [1], LAYER_EPS), name)
  }

  silu(x: TfTensor): TfTensor {
    return this.tf.mul(x, this.tf.sigmoid(x))
  }

  /** a [rows, in] → [rows, out]. */
  linear(a: TfTensor, name: string): TfTensor {
    return this.tf.fused.matMul({ a, b: this.#weight(`${name}.weight`), bias: this.#weights.get(`${name}.bias`) })
  }

  /** x [1, h, w, in] → [1, h′, w′, out], a 3×3 convolution with padding 1. */
  conv(x: TfTensor, name: string): TfTensor {
    return this.#conv(x, name, 1, 1)
  }

  /** Halves the sides, which must be even: padded by 1 all around, or where the padding is `last` only at the bottom and right. */
  halve(x: TfTensor, name: string, padding: 'around' | 'last'): TfTensor {
    // As little as keeps every output, and what is odd at the end: at even sides one row below and one column to the right.
    return this.#conv(x, name, 2, padding === 'around' ? 1 : 'same')
  }

  #conv(x: TfTensor, name: string, strides: number, pad: 'same' | number): TfTensor {
    const { tf } = this
    const filter = this.#weight(`${name}.weight`)
    // A matrix: a 1×1 convolution is a product over the pixels.
    if (filter.shape.length === 2) {
      const [, h, w, channels] = x.shape
      return tf.reshape(this.linear(tf.reshape(x, [h * w, channels]), name), [1, h, w, filter.shape[1]])
    }
    return tf.fused.conv2d({ x, filter, strides, pad, bias: this.#weights.get(`${name}.bias`) })
  }

  #normalise(x: TfTensor, axes: readonly number[], eps: number): TfTensor {
    const { tf } = this
    const { mean, variance } = tf.moments(x, axes, true)
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps)))
  }

  #affine(x: TfTensor, name: string): TfTensor {
    return this.tf.add(this.tf.mul(x, this.#weight(`${name}.weight`)), this.#weight(`${name}.bias`))
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
