/** @file `ort`: onnxruntime-web on WebAssembly and on WebGPU. The models are written by PyTorch. */
import { installPython } from './install.ts'
import { startPython } from './match.ts'
import type { Options } from './options.ts'
import { node, type Place } from './places.ts'
import { playRuntime } from './runtime.ts'

export function playOrt(place: Place, options: Options): Promise<void> {
  const exporter = async () => startPython(installPython(), 1)
  const { threads } = options
  return playRuntime(place, { library: 'onnxruntime-web', contender: 'onnx', threads, holdsUNet: true, exporter }, options)
}

export const benchOrt = (options: Options) => playOrt(node, options)
