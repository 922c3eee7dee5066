/**
 * @file The residual block of UNet and VAE: norm, SiLU, 3×3 convolution, twice, plus the input
 * (through a 1×1 convolution where the width changes). In the UNet the time embedding, through SiLU
 * and a linear layer, is added between the two.
 */
import { release, silu, type Tensor } from '../tensor/index.ts'
import { Conv2d, GroupNorm, Linear } from './layers.ts'
import type { Loader } from './loader.ts'

export interface ResnetShape {
  inputs: number
  outputs: number
  groups: number
  eps: number
  /** Length of the time embedding; absent in a VAE. */
  time?: number
}

export class Resnet {
  readonly #norm1: GroupNorm
  readonly #conv1: Conv2d
  readonly #time?: Linear
  readonly #norm2: GroupNorm
  readonly #conv2: Conv2d
  readonly #shortcut?: Conv2d

  private constructor(norm1: GroupNorm, conv1: Conv2d, time: Linear | undefined, norm2: GroupNorm, conv2: Conv2d, shortcut?: Conv2d) {
    this.#norm1 = norm1
    this.#conv1 = conv1
    this.#time = time
    this.#norm2 = norm2
    this.#conv2 = conv2
    this.#shortcut = shortcut
  }

  static async load(at: Loader, { inputs, outputs, groups, eps, time }: ResnetShape): Promise<Resnet> {
    return new Resnet(
      await GroupNorm.load(at.at('norm1'), inputs, groups, eps),
      await Conv2d.load(at.at('conv1'), { inputs, outputs, kernel: 3, padding: 1 }),
      time === undefined ? undefined : await Linear.load(at.at('time_emb_proj'), time, outputs),
      await GroupNorm.load(at.at('norm2'), outputs, groups, eps),
      await Conv2d.load(at.at('conv2'), { inputs: outputs, outputs, kernel: 3, padding: 1 }),
      inputs === outputs ? undefined : await Conv2d.load(at.at('conv_shortcut'), { inputs, outputs, kernel: 1 }),
    )
  }

  /** x [N,H,W,in], time [N, length] → [N,H,W,out]. x is not disposed. */
  forward(x: Tensor, time?: Tensor): Tensor {
    const perImage = time && this.#time && this.#timeShift(time, this.#time)
    const first = this.#norm1.forward(x, { silu: true })
    const middle = this.#conv1.forward(first, { perImage })
    release(first, perImage)
    const second = this.#norm2.forward(middle, { silu: true })
    middle.dispose()
    const shortcut = this.#shortcut?.forward(x)
    const out = this.#conv2.forward(second, { residual: shortcut ?? x })
    release(second, shortcut)
    return out
  }

  #timeShift(time: Tensor, layer: Linear): Tensor {
    const active = silu(time)
    const shift = layer.forward(active)
    active.dispose()
    return shift
  }
}
