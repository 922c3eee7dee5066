/**
 * @file Convolution as an implicit matrix product: row m of A is the window of output pixel m (taps
 * outside, channels inside), gathered while packing.
 */
import type { OpTable } from '../backend.ts'
import { f32, floats } from '../host/memory.ts'
import { gemm, type Pack } from './gemm.ts'
import { store } from './matmul.ts'
import { packRows } from './pack.ts'

export function conv2d(args: OpTable['conv2d']): void {
  const [batch, outHeight, outWidth, filters] = args.out.shape
  const [, kh, kw, channels] = args.weight.shape
  const pixels = outHeight * outWidth
  const k = kh * kw * channels
  gemm(
    batch * pixels,
    filters,
    k,
    packPatches(args),
    packRows(floats(args.weight), 0, k),
    store(f32(args.out), 0, filters, { ...args, alpha: 1, pixels }),
  )
}

function packPatches({ x, weight, out, stride, top, left }: OpTable['conv2d']): Pack {
  const source = f32(x)
  const [, height, width, channels] = x.shape
  const [, outHeight, outWidth] = out.shape
  const kw = weight.shape[2]
  return (panels, first, count, k0, depth) => {
    const firstTap = Math.floor(k0 / channels)
    for (let r = 0; r < ((count + 3) >> 2) << 2; r++) {
      let to = (r & ~3) * depth + (r & 3)
      const end = to + 4 * depth
      if (r >= count) {
        for (; to < end; to += 4) panels[to] = 0
        continue
      }
      const pixel = first + r
      const line = Math.floor(pixel / outWidth)
      const image = Math.floor(line / outHeight)
      const x0 = (pixel - line * outWidth) * stride - left
      const y0 = (line - image * outHeight) * stride - top
      let ky = Math.floor(firstTap / kw)
      let kx = firstTap - ky * kw
      let c = k0 - firstTap * channels
      while (to < end) {
        const stop = Math.min(end, to + 4 * (channels - c))
        const iy = y0 + ky
        const ix = x0 + kx
        if (iy >= 0 && iy < height && ix >= 0 && ix < width) {
          let from = ((image * height + iy) * width + ix) * channels + c
          for (; to < stop; to += 4) panels[to] = source[from++]
        } else for (; to < stop; to += 4) panels[to] = 0
        c = 0
        if (++kx === kw) {
          kx = 0
          ky++
        }
      }
    }
  }
}
