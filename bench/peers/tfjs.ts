/** @file `tfjs`: TensorFlow.js on WebAssembly and on WebGPU. */
import { cores } from '#platform'
import { installPackages } from './install.ts'
import { inThreads, play } from './match.ts'
import type { Options } from './options.ts'
import { node, type Place } from './places.ts'
import { LARGE, OPS, whole } from './shapes.ts'

/** Its WebAssembly starts one thread in Node, and in a browser no more than half as many as there are cores. */
function threadsOf(place: Place, { threads }: Options): number[] {
  const most = place === node ? 1 : Math.max(1, Math.floor(cores() / 2))
  return [...new Set(threads.map((n) => Math.min(n, most)))]
}

export async function playTfjs(place: Place, options: Options): Promise<void> {
  const peer = (kind: string, threads: number) => () => {
    installPackages()
    return place.start('tensorflow', kind, threads)
  }
  for (const threads of threadsOf(place, options))
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
