/** @file `tfjs`: TensorFlow.js on WebAssembly (in Node it has one thread) and on WebGPU. */
import { installPackages } from './install.ts'
import { inThreads, play } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'
import { node, type Place } from './places.ts'
import { LARGE, OPS } from './shapes.ts'

/** SD 1.5's UNet for 256×256 pixels: for 512×512 its probabilities exceed what a software adapter binds, and its f32 weights what WebAssembly can hold. */
const whole = (model: string): Op => ({ kind: 'unet', model, side: 32, width: 768 })

export async function playTfjs(place: Place, options: Options): Promise<void> {
  const peer = (kind: string, threads: number) => () => {
    installPackages()
    return place.start('tensorflow', kind, threads)
  }
  for (const threads of place === node ? [1] : options.threads)
    await play(
      {
        title: `TensorFlow.js in ${place.name}, WebAssembly, ${inThreads(threads)}`,
        ours: () => place.start('ours', 'cpu', threads),
        peer: peer('wasm', threads),
        ops: place.slow ? OPS : [...OPS, ...LARGE],
        about: 'f32 weights in single ops',
      },
      options,
    )
  await play(
    {
      title: `TensorFlow.js in ${place.name}, WebGPU`,
      ours: () => place.start('ours', 'webgpu'),
      peer: peer('webgpu', 1),
      ops: options.model !== undefined && !place.slow ? [...OPS, whole(options.model)] : OPS,
      about: 'f32 weights in single ops',
    },
    options,
  )
}

export const benchTfjs = (options: Options) => playTfjs(node, options)
