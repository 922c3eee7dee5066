/** @file Contenders in JavaScript, by name; each is opened for `cpu`, `wasm` or `webgpu` and a number of threads. */
import type { Host } from './host.ts'
import { openOnnx } from './onnx.ts'
import { openOurs } from './ours.ts'
import type { Contender } from './protocol.ts'
import { openTensorFlow } from './tensorflow.ts'

export const openers: Record<string, (host: Host, kind: string, threads: number) => Promise<Contender>> = {
  ours: openOurs,
  onnx: openOnnx,
  tensorflow: openTensorFlow,
}
