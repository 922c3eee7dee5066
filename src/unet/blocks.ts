/**
 * @file The blocks of the UNet's two paths. Down: (residual block, transformer) × n, then half the
 * resolution. Up: the same with skip connections joined in, then the resolution of the next skip
 * connection. The middle block: residual block, transformer, residual block.
 *
 * A block whose transformer ends the pass (`pass.ts`) has no result.
 */
import { Conv2d } from '../nn/layers.ts'
import type { Loader } from '../nn/loader.ts'
import { Resnet } from '../nn/resnet.ts'
import { concat, type Grid, type Tensor, upsampleNearest } from '../tensor/index.ts'
import type { Level, UNetConfig } from './config.ts'
import type { Pass } from './pass.ts'
import { Transformer } from './transformer.ts'

/** Parameters of residual blocks besides their widths. */
export interface Common {
  config: UNetConfig
  /** Length of the time embedding. */
  time: number
}

const resnetShape = ({ config, time }: Common, inputs: number, outputs: number) => ({
  inputs,
  outputs,
  groups: config.groups,
  eps: config.eps,
  time,
})

/** A residual block with the transformer that may follow it. */
class Stage {
  readonly transformer?: Transformer
  readonly #resnet: Resnet

  private constructor(resnet: Resnet, transformer?: Transformer) {
    this.#resnet = resnet
    this.transformer = transformer
  }

  static async load(at: Loader, i: number, common: Common, level: Level, inputs: number): Promise<Stage> {
    const resnet = await Resnet.load(at.at('resnets').at(i), resnetShape(common, inputs, level.channels))
    return new Stage(resnet, level.attention ? await Transformer.load(at.at('attentions').at(i), level, common.config.groups) : undefined)
  }

  /** x is not disposed. */
  forward(x: Tensor, pass: Pass): Tensor | undefined {
    const h = this.#resnet.forward(x, pass.time)
    if (!this.transformer) return h
    const out = this.transformer.forward(h, pass)
    h.dispose()
    return out
  }
}

export class DownBlock {
  readonly stages: Stage[]
  readonly #downsampler?: Conv2d
  readonly #asymmetric: boolean

  private constructor(stages: Stage[], downsampler: Conv2d | undefined, asymmetric: boolean) {
    this.stages = stages
    this.#downsampler = downsampler
    this.#asymmetric = asymmetric
  }

  static async load(at: Loader, common: Common, level: Level, inputs: number, last: boolean): Promise<DownBlock> {
    const stages: Stage[] = []
    for (let i = 0; i < level.resnets; i++) stages.push(await Stage.load(at, i, common, level, i === 0 ? inputs : level.channels))
    // Padding 0 means: one row and column at the bottom and right only.
    const { downsamplePadding: pad } = common.config
    const padding = pad === 0 ? { top: 0, left: 0, bottom: 1, right: 1 } : pad
    const shape = { inputs: level.channels, outputs: level.channels, kernel: 3, stride: 2, padding }
    return new DownBlock(stages, last ? undefined : await Conv2d.load(at.at('downsamplers').at(0).at('conv'), shape), pad === 0)
  }

  /**
   * Pushes every result onto `skips`, this block's own last; x and the results stay alive as skips.
   * False where the pass ends.
   */
  forward(x: Tensor, pass: Pass, skips: Tensor[]): boolean {
    let state = x
    for (const stage of this.stages) {
      const next = stage.forward(state, pass)
      if (!next) return false
      state = next
      skips.push(state)
    }
    if (this.#downsampler) skips.push(this.#downsampler.forward(state))
    return true
  }

  /** The grid after this block. */
  next({ h, w }: Grid): Grid {
    if (!this.#downsampler) return { h, w }
    return this.#asymmetric ? { h: Math.floor(h / 2), w: Math.floor(w / 2) } : { h: Math.ceil(h / 2), w: Math.ceil(w / 2) }
  }
}

export class MidBlock {
  readonly transformer: Transformer
  readonly #first: Resnet
  readonly #second: Resnet

  private constructor(first: Resnet, transformer: Transformer, second: Resnet) {
    this.#first = first
    this.transformer = transformer
    this.#second = second
  }

  static async load(at: Loader, common: Common, level: Level): Promise<MidBlock> {
    const shape = resnetShape(common, level.channels, level.channels)
    return new MidBlock(
      await Resnet.load(at.at('resnets').at(0), shape),
      await Transformer.load(at.at('attentions').at(0), level, common.config.groups),
      await Resnet.load(at.at('resnets').at(1), shape),
    )
  }

  /** x is not disposed. */
  forward(x: Tensor, pass: Pass): Tensor | undefined {
    const a = this.#first.forward(x, pass.time)
    const b = this.transformer.forward(a, pass)
    a.dispose()
    if (!b) return undefined
    const out = this.#second.forward(b, pass.time)
    b.dispose()
    return out
  }
}

export class UpBlock {
  readonly stages: Stage[]
  readonly #upsampler?: Conv2d

  private constructor(stages: Stage[], upsampler?: Conv2d) {
    this.stages = stages
    this.#upsampler = upsampler
  }

  /** `skips`: the widths of the skip connections, last pushed last; this block pops its share. */
  static async load(at: Loader, common: Common, level: Level, inputs: number, skips: number[], last: boolean): Promise<UpBlock> {
    const stages: Stage[] = []
    for (let i = 0; i <= level.resnets; i++)
      stages.push(await Stage.load(at, i, common, level, (i === 0 ? inputs : level.channels) + skips.pop()!))
    const shape = { inputs: level.channels, outputs: level.channels, kernel: 3, padding: 1 }
    return new UpBlock(stages, last ? undefined : await Conv2d.load(at.at('upsamplers').at(0).at('conv'), shape))
  }

  /** Pops and disposes this block's skips; x is disposed. */
  forward(x: Tensor, pass: Pass, skips: Tensor[]): Tensor | undefined {
    let state = x
    for (const stage of this.stages) {
      const skip = skips.pop()!
      const joined = concat(state, skip)
      state.dispose()
      skip.dispose()
      const next = stage.forward(joined, pass)
      joined.dispose()
      if (!next) return undefined
      state = next
    }
    if (!this.#upsampler) return state
    // To the size of the next skip connection, which is not always twice this one.
    const [, height, width] = skips.at(-1)!.shape
    const large = upsampleNearest(state, height, width)
    state.dispose()
    const out = this.#upsampler.forward(large)
    large.dispose()
    return out
  }
}
