/**
 * @file The two halves of the VAE. Encoder: conv_in, blocks that halve the resolution (padding only
 * at the bottom and right), middle, conv_out to mean and log-variance. Decoder: the mirror image
 * with one residual block more a level and nearest ×2 upsampling.
 */
import { Conv2d, GroupNorm } from '../nn/layers.ts'
import type { Loader } from '../nn/loader.ts'
import { Resnet } from '../nn/resnet.ts'
import { chain, type Tensor, upsampleNearest } from '../tensor/index.ts'
import type { VaeConfig } from './config.ts'
import { VAE_EPS, VaeMidBlock } from './mid-block.ts'

/** Shown the result of every block; the tensor is not the observer's. */
export type Observe = (name: string, result: Tensor) => void

interface Level {
  resnets: Resnet[]
  /** Changes the resolution after the residual blocks; absent in the last level. */
  resample?: (x: Tensor) => Tensor
}

interface Parts {
  convIn: Conv2d
  levels: Level[]
  mid: VaeMidBlock
  normOut: GroupNorm
  convOut: Conv2d
}

const steps = (level: Level) => [...level.resnets.map((r) => (h: Tensor) => r.forward(h)), ...(level.resample ? [level.resample] : [])]

export class Encoder {
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static async load(at: Loader, config: VaeConfig): Promise<Encoder> {
    const { channels, groups } = config
    const convIn = await Conv2d.load(at.at('conv_in'), { inputs: config.inChannels, outputs: channels[0], kernel: 3, padding: 1 })
    const levels: Level[] = []
    for (const [i, outputs] of channels.entries()) {
      const block = at.at('down_blocks').at(i)
      const resnets = await loadResnets(block, config.layersPerBlock, channels[Math.max(0, i - 1)], outputs, groups)
      const padding = { top: 0, left: 0, bottom: 1, right: 1 }
      const down =
        i < channels.length - 1
          ? await Conv2d.load(block.at('downsamplers').at(0).at('conv'), { inputs: outputs, outputs, kernel: 3, stride: 2, padding })
          : undefined
      levels.push({ resnets, resample: down && ((x) => down.forward(x)) })
    }
    const last = channels.at(-1)!
    const mid = await VaeMidBlock.load(at.at('mid_block'), last, groups, config.midAttention)
    const normOut = await GroupNorm.load(at.at('conv_norm_out'), last, groups, VAE_EPS)
    const convOut = await Conv2d.load(at.at('conv_out'), { inputs: last, outputs: 2 * config.latentChannels, kernel: 3, padding: 1 })
    return new Encoder({ convIn, levels, mid, normOut, convOut })
  }

  /** image [N,H,W,3] → moments [N,h,w,2·latent channels] before quant_conv. */
  forward(image: Tensor, observe?: Observe): Tensor {
    const { convIn, levels, mid, normOut, convOut } = this.#parts
    return chain(
      image,
      (h) => convIn.forward(h),
      ...levels.flatMap((level, i) => watched(steps(level), (h) => observe?.(`encoder.down_blocks.${i}`, h))),
      ...watched([(h) => mid.forward(h)], (h) => observe?.('encoder.mid_block', h)),
      (h) => normOut.forward(h, { silu: true }),
      (h) => convOut.forward(h),
    )
  }
}

export class Decoder {
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static async load(at: Loader, config: VaeConfig): Promise<Decoder> {
    const channels = [...config.channels].reverse()
    const { groups } = config
    const convIn = await Conv2d.load(at.at('conv_in'), { inputs: config.latentChannels, outputs: channels[0], kernel: 3, padding: 1 })
    const mid = await VaeMidBlock.load(at.at('mid_block'), channels[0], groups, config.midAttention)
    const levels: Level[] = []
    for (const [i, outputs] of channels.entries()) {
      const block = at.at('up_blocks').at(i)
      const resnets = await loadResnets(block, config.layersPerBlock + 1, channels[Math.max(0, i - 1)], outputs, groups)
      const up =
        i < channels.length - 1
          ? await Conv2d.load(block.at('upsamplers').at(0).at('conv'), { inputs: outputs, outputs, kernel: 3, padding: 1 })
          : undefined
      levels.push({ resnets, resample: up && ((x) => chain(x, double, (h) => up.forward(h))) })
    }
    const last = channels.at(-1)!
    const normOut = await GroupNorm.load(at.at('conv_norm_out'), last, groups, VAE_EPS)
    const convOut = await Conv2d.load(at.at('conv_out'), { inputs: last, outputs: config.outChannels, kernel: 3, padding: 1 })
    return new Decoder({ convIn, levels, mid, normOut, convOut })
  }

  /** latent after post_quant_conv [N,h,w,4] → image [N,8h,8w,3]. */
  forward(latent: Tensor, observe?: Observe): Tensor {
    const { convIn, levels, mid, normOut, convOut } = this.#parts
    return chain(
      latent,
      (h) => convIn.forward(h),
      ...watched([(h) => mid.forward(h)], (h) => observe?.('decoder.mid_block', h)),
      ...levels.flatMap((level, i) => watched(steps(level), (h) => observe?.(`decoder.up_blocks.${i}`, h))),
      (h) => normOut.forward(h, { silu: true }),
      (h) => convOut.forward(h),
    )
  }
}

async function loadResnets(block: Loader, count: number, inputs: number, outputs: number, groups: number): Promise<Resnet[]> {
  const resnets: Resnet[] = []
  for (let j = 0; j < count; j++)
    resnets.push(await Resnet.load(block.at('resnets').at(j), { inputs: j === 0 ? inputs : outputs, outputs, groups, eps: VAE_EPS }))
  return resnets
}

function double(x: Tensor): Tensor {
  return upsampleNearest(x, 2 * x.shape[1], 2 * x.shape[2])
}

/** The steps, with an observer for the result of the last one. */
function watched(list: ((x: Tensor) => Tensor)[], show: (x: Tensor) => void): ((x: Tensor) => Tensor)[] {
  const last = list.at(-1)!
  const seen = (x: Tensor) => {
    const result = last(x)
    show(result)
    return result
  }
  return [...list.slice(0, -1), seen]
}
