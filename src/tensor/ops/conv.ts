/**
 * @file Convolution and the resampling that surrounds it, on NHWC images.
 */
import { check } from '../../errors.ts'
import type { Activation } from '../backend.ts'
import { checkShape, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'
import { linear } from './linear.ts'

/** Zero pixels added on each side. */
export interface Padding {
  top: number
  left: number
  bottom: number
  right: number
}

export interface ConvOptions {
  bias?: Tensor
  stride?: number
  /**
   * One number for all sides, or each side on its own (the VAE's downsampler pads only bottom and
   * right).
   */
  padding?: number | Padding
  /**
   * [batch, out channels], added to every pixel of an image: where a UNet's residual block adds the
   * time embedding.
   */
  perImage?: Tensor
  activation?: Activation
  /** Added after the activation; same shape as the result. */
  residual?: Tensor
}

/**
 * x [N,H,W,C] * weight [O,KH,KW,C] → [N,OH,OW,O], OH = ⌊(H + top + bottom − KH)/stride⌋ + 1. Note
 * the order of the weight's axes: channels last, unlike checkpoints (`Loader.filters` permutes).
 * @throws AdzusError where shapes do not fit, or the window exceeds the image
 * @example
 * ```ts
 * // [1, 64, 64, 320] → [1, 32, 32, 640]
 * const half = conv2d(hidden, weight, { bias, stride: 2, padding: 1 })
 * ```
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const { bias, stride = 1, perImage, residual, activation = 'none' } = options
  const pad = options.padding ?? 0
  const { top, left, bottom, right } = typeof pad === 'number' ? { top: pad, left: pad, bottom: pad, right: pad } : pad
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const [filters, kh, kw] = weight.shape as [number, number, number, number]
  check(x.shape.length === 4 && weight.shape.length === 4 && weight.shape[3] === channels, () => ({
    what: 'conv2d',
    expected: `x [N, H, W, C] and a weight [O, KH, KW, C]`,
    got: `${show(x.shape)} and ${show(weight.shape)}`,
  }))
  const oh = Math.floor((height + top + bottom - kh) / stride) + 1
  const ow = Math.floor((width + left + right - kw) / stride) + 1
  check(oh > 0 && ow > 0 && Number.isInteger(stride) && stride > 0, () => ({
    what: 'conv2d',
    expected: `an image at least as large as the ${kh}×${kw} window and a stride ≥ 1`,
    got: `${show(x.shape)}, stride ${stride}`,
  }))
  const shape = [batch, oh, ow, filters]
  if (bias) checkShape('conv2d', 'bias', bias.shape, [filters])
  if (perImage) checkShape('conv2d', 'perImage', perImage.shape, [batch, filters])
  if (residual) checkShape('conv2d', 'residual', residual.shape, shape)
  if (kh === 1 && kw === 1 && stride === 1 && top + left + bottom + right === 0 && !perImage) {
    // A 1×1 convolution is a linear layer over pixels.
    const matrix = weight.reshape([filters, channels])
    const out = linear(x, matrix, { bias, activation, residual })
    matrix.dispose()
    return out
  }
  const out = Tensor.empty(x.backend, shape, 'f32', 'conv2d')
  x.backend.run('conv2d', { x, weight, bias, perImage, residual, out, stride, top, left, activation })
  return out
}

/**
 * x [N,H,W,C] → [N,height,width,C] by repeating pixels: source ⌊i·H/height⌋ (PyTorch's `nearest`).
 */
export function upsampleNearest(x: Tensor, height: number, width: number): Tensor {
  const [batch, , , channels] = x.shape as [number, number, number, number]
  const out = Tensor.empty(x.backend, [batch, height, width, channels], 'f32', 'upsample')
  x.backend.run('upsampleNearest', { x, out })
  return out
}
