/** @file `tfjs`: TensorFlow.js on WebAssembly (in Node it has one thread) and on WebGPU. */
import { installPackages } from './install.ts'
import { inThreads, play } from './match.ts'
import type { Options } from './options.ts'
import { node, type Place } from './places.ts'
import { LARGE, OPS, whole } from './shapes.ts'

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
        // Its WebAssembly cannot hold the weights of the whole.
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
      ops: place.slow ? OPS : [...OPS, ...whole(options)],
      about: 'f32 weights in single ops',
    },
    options,
  )
}

export const benchTfjs = (options: Options) => playTfjs(node, options)
