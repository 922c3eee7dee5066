/** @file Node as a host. Packages of the peers, which are not this project's dependencies, are loaded from where they were installed. */
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openCheckpoint } from '../../src/checkpoint/open.ts'
import { provideWebGpu } from './dawn.ts'
import type { Host } from './host.ts'
import { cacheFolder } from './install.ts'
import type { Ort } from './onnx.ts'
import type { Tf } from './tf.ts'

const require = createRequire(join(cacheFolder, 'package.json'))

export const nodeHost: Host = {
  name: 'Node',
  read: async (path) => new Uint8Array(await readFile(path)),
  write: (path, bytes) => writeFile(path, bytes),
  model: (folder) => openCheckpoint(folder),
  webGpu: async () => `Dawn on ${await provideWebGpu(require('webgpu'))}`,
  tensorFlow: async (kind) => {
    const tf = require('@tensorflow/tfjs-core') as Tf
    require(`@tensorflow/tfjs-backend-${kind}`)
    return tf
  },
  onnxRuntime: async (kind) => {
    const file = kind === 'webgpu' ? 'ort.webgpu.mjs' : 'ort.node.min.mjs'
    const module = await import(pathToFileURL(join(cacheFolder, 'node_modules', 'onnxruntime-web', 'dist', file)).href)
    return (module.default ?? module) as Ort
  },
}
