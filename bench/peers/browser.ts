/** @file `browser`: TensorFlow.js and onnxruntime-web in Chromium, on SwiftShader through WebGPU and on WebAssembly with threads. */
import type { Options } from './options.ts'
import { playOrt } from './ort.ts'
import { chromium } from './places.ts'
import { playTfjs } from './tfjs.ts'

export async function benchBrowser(options: Options): Promise<void> {
  const place = chromium(options)
  await playTfjs(place, options)
  await playOrt(place, options)
}
