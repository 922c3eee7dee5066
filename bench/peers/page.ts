/**
 * @file A contender in a page: `contender(request)`, a global of the page, answers as a process does. Its address says which: `/?NAME&KIND&THREADS`. Files are those that the page's
 * server hands out by their absolute paths (`page-files.ts`).
 */

import { bytesSource } from '../../src/source.ts'
import { describe } from '../../src/tensor/webgpu/adapter-like.ts'
import { openers } from './contenders.ts'
import type { Host } from './host.ts'
import type { Ort } from './onnx.ts'
import { answers } from './protocol.ts'
import type { Tf } from './tf.ts'

const PACKAGES = '/.peers/node_modules'

async function get(path: string): Promise<Response> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response
}

const read = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer())

const host: Host = {
  name: 'Chromium',
  read,
  write: async (path, body) => void (await fetch(path, { method: 'PUT', body })),
  model: async (root) => ({
    root,
    list: async () => (await get(`${root}/`)).json(),
    text: async (path) => (await get(`${root}/${path}`)).text(),
    open: async (path) => bytesSource(path, await read(`${root}/${path}`)),
  }),
  webGpu: async () => {
    const adapter = await navigator.gpu?.requestAdapter()
    if (!adapter) throw new Error('there is no WebGPU adapter')
    return describe(adapter.info)
  },
  tensorFlow: async (kind, threads) => {
    const at = `${PACKAGES}/@tensorflow/tfjs-backend-${kind}/dist/`
    await import(`${PACKAGES}/@tensorflow/tfjs-core/dist/tf-core.min.js`)
    await import(`${at}tf-backend-${kind}.min.js`)
    const { tf } = globalThis as unknown as { tf: Tf }
    tf.wasm?.setWasmPaths(at)
    tf.wasm?.setThreadsCount(threads)
    return tf
  },
  onnxRuntime: (kind) => import(`${PACKAGES}/onnxruntime-web/dist/ort.${kind}.bundle.min.mjs`) as Promise<Ort>,
}

const [name, kind, threads] = location.search.slice(1).split('&')
const page = globalThis as unknown as { contender: ReturnType<typeof answers> }
page.contender = answers(host, () => openers[name](host, kind, Number(threads)))
