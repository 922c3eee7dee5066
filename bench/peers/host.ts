/** @file Where a contender runs, in Node or in a page: how it comes to files, to the peers' packages and to WebGPU there. */
import type { Files } from '../../src/checkpoint/files.ts'
import type { Ort } from './onnx.ts'
import type { Tf } from './tf.ts'

export interface Host {
  /** What the place is called in tables. */
  readonly name: string
  read(path: string): Promise<Uint8Array<ArrayBuffer>>
  write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** The files of a model's folder. */
  model(folder: string): Promise<Files>
  /** Puts WebGPU where libraries look for it; the adapter's name. */
  webGpu(): Promise<string>
  /** TensorFlow.js with one of its backends, which is asked for so many threads. */
  tensorFlow(kind: string, threads: number): Promise<Tf>
  onnxRuntime(kind: string): Promise<Ort>
}
