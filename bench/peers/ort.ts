/** @file `ort`: onnxruntime-web on WebAssembly with as many threads, and on WebGPU. The models are written by PyTorch. */
import { installPackages, installPython } from './install.ts'
import { inThreads, play, startPython } from './match.ts'
import type { Options } from './options.ts'
import { node, type Place } from './places.ts'
import { LARGE, OPS, whole } from './shapes.ts'

export async function playOrt(place: Place, options: Options): Promise<void> {
  const peer = (kind: string, threads: number) => () => {
    installPackages()
    return place.start('onnx', kind, threads)
  }
  const common = {
    exporter: async () => startPython(installPython(), 1),
    about: 'f32 weights in single ops',
  }
  for (const threads of options.threads)
    await play(
      {
        title: `onnxruntime-web in ${place.name}, WebAssembly, ${inThreads(threads)}`,
        ours: () => place.start('ours', 'cpu', threads),
        peer: peer('wasm', threads),
        ops: place.slow ? OPS : [...OPS, ...LARGE, ...whole(options)],
        ...common,
      },
      options,
    )
  await play(
    {
      title: `onnxruntime-web in ${place.name}, WebGPU`,
      ours: () => place.start('ours', 'webgpu'),
      peer: peer('webgpu', 1),
      ops: place.slow ? OPS : [...OPS, ...whole(options)],
      ...common,
    },
    options,
  )
}

export const benchOrt = (options: Options) => playOrt(node, options)
