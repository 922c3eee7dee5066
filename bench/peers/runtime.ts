/** @file A runtime in JavaScript as a peer, in one of the two places: on WebAssembly with so many threads, then on WebGPU. */
import { installPackages } from './install.ts'
import { inThreads, type Match, play } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'
import type { Place } from './places.ts'
import { LARGE, OPS, whole } from './shapes.ts'

interface Runtime extends Pick<Match, 'exporter'> {
  /** For people. */
  library: string
  /** In `contenders.ts`. */
  contender: string
  /** Threads of its WebAssembly, a match each. */
  threads: readonly number[]
  /** Whether its WebAssembly can hold a UNet of SD 1.5's size. */
  holdsUNet: boolean
}

export async function playRuntime(
  place: Place,
  { library, contender, threads: counts, holdsUNet, exporter }: Runtime,
  options: Options,
): Promise<void> {
  const match = (title: string, ours: string, peer: string, threads: number, more: readonly Op[]) =>
    play(
      {
        title: `${library} in ${place.name}, ${title}`,
        ours: () => place.start('ours', ours, threads),
        peer: () => {
          installPackages()
          return place.start(contender, peer, threads)
        },
        exporter,
        ops: place.slow ? OPS : [...OPS, ...more],
        about: 'f32 weights in single ops',
      },
      options,
    )
  const large = [...LARGE, ...whole(options).filter(({ kind }) => holdsUNet || kind !== 'unet')]
  for (const threads of counts) await match(`WebAssembly, ${inThreads(threads)}`, 'cpu', 'wasm', threads, large)
  await match('WebGPU', 'webgpu', 'webgpu', 1, whole(options))
}
