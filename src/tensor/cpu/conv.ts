/** @file Convolution: the sum over the taps of a filter that lie inside the picture. */
import type { OpTable } from '../backend.ts'
import { decoded, f32 } from '../host/memory.ts'
import { activations } from './activation.ts'

/** out = activation(Σ x·weight + bias + perImage) + residual at every pixel for every filter. */
export function conv2d(args: OpTable['conv2d']): void {
  const { stride, top, left } = args
  const [, height, width, channels] = args.x.shape
  const [, kernelHeight, kernelWidth] = args.weight.shape
  const [batch, outHeight, outWidth, filters] = args.out.shape
  const x = f32(args.x)
  const weight = decoded(args.weight)
  const bias = args.bias && f32(args.bias)
  const perImage = args.perImage && f32(args.perImage)
  const residual = args.residual && f32(args.residual)
  const out = f32(args.out)
  const activate = activations[args.activation]
  const isInside = (row: number, column: number) => row >= 0 && row < height && column >= 0 && column < width
  let at = 0
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < outHeight; y++)
      for (let column = 0; column < outWidth; column++)
        for (let filter = 0; filter < filters; filter++, at++) {
          let sum = 0
          for (let i = 0; i < kernelHeight; i++)
            for (let j = 0; j < kernelWidth; j++) {
              const [row, place] = [y * stride - top + i, column * stride - left + j]
              if (!isInside(row, place)) continue
              const pixel = ((image * height + row) * width + place) * channels
              const tap = ((filter * kernelHeight + i) * kernelWidth + j) * channels
              for (let c = 0; c < channels; c++) sum += x[pixel + c] * weight[tap + c]
            }
          if (bias) sum += bias[filter]
          if (perImage) sum += perImage[image * filters + filter]
          out[at] = activate(sum) + (residual ? residual[at] : 0)
        }
}
