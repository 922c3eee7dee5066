/** @file `torch`: single ops against PyTorch on the CPU, at SD 1.5's shapes for 512×512 pixels. */
import { playPython } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'

const OPS: Op[] = [
  { kind: 'gemm', m: 4096, k: 320, n: 320 },
  { kind: 'gemm', m: 4096, k: 320, n: 2560 },
  { kind: 'gemm', m: 1024, k: 640, n: 5120 },
  { kind: 'gemm', m: 256, k: 1280, n: 1280 },
  { kind: 'conv', side: 64, inputs: 320, outputs: 320 },
  { kind: 'conv', side: 32, inputs: 640, outputs: 640 },
  { kind: 'conv', side: 16, inputs: 1280, outputs: 1280 },
  { kind: 'conv', side: 256, inputs: 256, outputs: 256 },
  { kind: 'norm', pixels: 4096, channels: 320, groups: 32 },
  { kind: 'norm', pixels: 65536, channels: 256, groups: 32 },
  { kind: 'attention', tokens: 4096, heads: 8, size: 40, map: true },
  { kind: 'attention', tokens: 1024, heads: 8, size: 80, map: true },
]

export const benchTorch = (options: Options) => playPython({ library: 'PyTorch', ops: OPS, about: 'f32 weights in both' }, options)
