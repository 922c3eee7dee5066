/** @file `ort`: onnxruntime-web on WebAssembly with as many threads, and on WebGPU over Dawn. The models are written by PyTorch. */
import { embeddedModel } from '#platform'
import { installPackages, installPython } from './install.ts'
import { inThreads, play, startOurs, startPython, startScript } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'

const OPS: Op[] = [
  { kind: 'gemm', m: 4096, k: 320, n: 320 },
  { kind: 'gemm', m: 4096, k: 320, n: 2560 },
  { kind: 'gemm', m: 1024, k: 640, n: 640 },
  { kind: 'conv', side: 64, inputs: 320, outputs: 320 },
  { kind: 'conv', side: 16, inputs: 1280, outputs: 1280 },
  { kind: 'unet', model: embeddedModel(), side: 32, width: 64 },
]
/** A software adapter takes seconds for the largest. */
const SMALL = OPS.filter((op) => op.kind !== 'gemm' || op.n !== 2560)

export async function benchOrt(options: Options): Promise<void> {
  const common = { exporter: async () => startPython(installPython(), 1), about: 'f32 weights in GEMM and convolution' }
  const peer = (kind: string, threads: number) => async () => {
    installPackages()
    return startScript('onnx', [kind, `${threads}`])
  }
  for (const threads of options.threads)
    await play(
      {
        title: `onnxruntime-web, WebAssembly, ${inThreads(threads)}`,
        ours: () => startOurs('cpu', threads),
        peer: peer('wasm', threads),
        ops: OPS,
        ...common,
      },
      options,
    )
  await play({ title: 'onnxruntime-web, WebGPU', ours: () => startOurs('webgpu'), peer: peer('webgpu', 1), ops: SMALL, ...common }, options)
}
