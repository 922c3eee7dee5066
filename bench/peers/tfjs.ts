/** @file `tfjs`: TensorFlow.js on WebAssembly and on WebGPU. */
import { cores } from '#platform'
import type { Options } from './options.ts'
import { node, type Place } from './places.ts'
import { playRuntime } from './runtime.ts'

/** Its WebAssembly starts one thread in Node, and in a browser no more than half as many as there are cores. */
function threadsOf(place: Place, { threads }: Options): number[] {
  const most = place === node ? 1 : Math.max(1, Math.floor(cores() / 2))
  return [...new Set(threads.map((n) => Math.min(n, most)))]
}

export function playTfjs(place: Place, options: Options): Promise<void> {
  const threads = threadsOf(place, options)
  return playRuntime(place, { library: 'TensorFlow.js', contender: 'tensorflow', threads, holdsUNet: false }, options)
}

export const benchTfjs = (options: Options) => playTfjs(node, options)
