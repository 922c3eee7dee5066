/** @file What contenders in JavaScript are asked: SD 1.5's shapes for 512×512 pixels, and the embedded model's UNet and VAE encoder. */
import { embeddedModel } from '#platform'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'

export const OPS: Op[] = [
  { kind: 'gemm', m: 4096, k: 320, n: 320 },
  { kind: 'gemm', m: 1024, k: 640, n: 640 },
  { kind: 'conv', side: 64, inputs: 320, outputs: 320 },
  { kind: 'conv', side: 16, inputs: 1280, outputs: 1280 },
  { kind: 'attention', tokens: 1024, heads: 8, size: 80, map: false },
  { kind: 'norm', pixels: 4096, channels: 320, groups: 32 },
  { kind: 'unet', model: embeddedModel(), side: 32, width: 64 },
  { kind: 'vae', model: embeddedModel(), side: 256 },
]

/** For WebAssembly alone: the probabilities of 4096 tokens are 512 MiB, more than a software adapter binds, and peers keep all of them. */
export const LARGE: Op[] = [
  { kind: 'gemm', m: 4096, k: 320, n: 2560 },
  { kind: 'attention', tokens: 4096, heads: 8, size: 40, map: false },
]

/**
 * UNet and VAE encoder of SD 1.5's size for 256×256 pixels: for 512×512 the UNet's probabilities are too large again, for WebAssembly's 4 GiB as well, beside 3.4 GB of f32
 * weights.
 */
export function whole({ model }: Options): Op[] {
  if (model === undefined) return []
  return [
    { kind: 'unet', model, side: 32, width: 768 },
    { kind: 'vae', model, side: 256 },
  ]
}
