/** @file `tfjs`: TensorFlow.js on WebAssembly (one thread, see `tensorflow.ts`), and on WebGPU over Dawn. */
import { installPackages } from './install.ts'
import { play, startOurs, startScript } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'

const PRODUCTS: Op[] = [
  { kind: 'gemm', m: 4096, k: 320, n: 320 },
  { kind: 'gemm', m: 1024, k: 640, n: 640 },
  { kind: 'conv', side: 64, inputs: 320, outputs: 320 },
  { kind: 'conv', side: 16, inputs: 1280, outputs: 1280 },
]
/** The probabilities of 4096 tokens would be 512 MiB, more than a software adapter binds. */
const OTHERS: Op[] = [
  { kind: 'attention', tokens: 1024, heads: 8, size: 80, map: false },
  { kind: 'norm', pixels: 4096, channels: 320, groups: 32 },
]

export async function benchTfjs(options: Options): Promise<void> {
  const peer = (kind: string) => () => {
    installPackages()
    return startScript('tensorflow', [kind])
  }
  const wasm = {
    title: 'TensorFlow.js, WebAssembly, 1 thread',
    ours: () => startOurs('cpu', 1),
    peer: peer('wasm'),
    ops: PRODUCTS,
    about: 'f32 weights in both; in Node the peer starts no threads',
  }
  const webgpu = {
    title: 'TensorFlow.js, WebGPU',
    ours: () => startOurs('webgpu'),
    peer: peer('webgpu'),
    ops: [...PRODUCTS, ...OTHERS],
    about: 'f32 weights in both',
  }
  await play(wasm, options)
  await play(webgpu, options)
}
