/**
 * @file onnxruntime-web as a contender: `node onnx.js wasm THREADS` or `node onnx.js webgpu`. Ops come as ONNX models with their weights
 * inside. On WebGPU inputs and outputs stay on the device.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { waitForDevice } from '#platform'
import { finished, provideWebGpu } from './dawn.ts'
import { transpose } from './layout.ts'
import { type Arrays, type Op, TIMESTEP } from './ops.ts'
import { loadFile } from './packages.ts'
import { type Prepared, serve } from './protocol.ts'

interface OrtTensor {
  data: Float32Array<ArrayBuffer>
  getData(): Promise<Float32Array<ArrayBuffer>>
  dispose(): void
}

interface Session {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>
  release(): Promise<void>
}

interface Ort {
  env: { wasm: { numThreads: number }; webgpu: { device: Promise<GPUDevice> }; versions: { web: string } }
  Tensor: {
    new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]): OrtTensor
    fromGpuBuffer(buffer: GPUBuffer, options: { dataType: string; dims: readonly number[] }): OrtTensor
  }
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> }
}

/** Milliseconds in which the worker threads start: they need turns of the event loop, which a running model does not leave. */
const START = 500

const [kind, threadCount] = process.argv.slice(2)
const onGpu = kind === 'webgpu'
const threads = onGpu ? 1 : Number(threadCount)

/** x as the exported model takes it, and its result as the files have it. */
function layoutOf(op: Op): {
  dims: number[]
  turn(x: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>
  back(y: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>
} {
  const image = (side: number, inputs: number, outputs: number) => ({
    dims: [1, inputs, side, side],
    turn: (x: Float32Array<ArrayBuffer>) => transpose(x, side * side, inputs),
    back: (y: Float32Array<ArrayBuffer>) => transpose(y, outputs, side * side),
  })
  if (op.kind === 'gemm') return { dims: [op.m, op.k], turn: (x) => x, back: (y) => y }
  if (op.kind === 'conv') return image(op.side, op.inputs, op.outputs)
  if (op.kind === 'unet') return image(op.side, 4, 4)
  throw new Error(`no ONNX model of ${op.kind}`)
}

async function prepare(ort: Ort, op: Op, inputs: Arrays, model: Uint8Array): Promise<Prepared> {
  const { dims, turn, back } = layoutOf(op)
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [kind],
    ...(onGpu && { preferredOutputLocation: 'gpu-buffer' }),
  })
  await setTimeout(START)
  const device = onGpu ? await ort.env.webgpu.device : undefined
  const buffers: GPUBuffer[] = []
  const place = (data: Float32Array<ArrayBuffer>, shape: number[]) => {
    if (!device) return new ort.Tensor('float32', data, shape)
    const buffer = device.createBuffer({
      size: data.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    })
    device.queue.writeBuffer(buffer, 0, data)
    buffers.push(buffer)
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape })
  }
  const feeds: Record<string, OrtTensor> = { x: place(turn(inputs.x), dims) }
  if (op.kind === 'unet') {
    feeds.timestep = new ort.Tensor('int64', BigInt64Array.of(BigInt(TIMESTEP)), [1])
    feeds.context = place(inputs.context, [1, inputs.context.length / op.width, op.width])
  }
  const once = async () => (await waitForDevice(session.run(feeds))).y
  return {
    run: async () => (await once()).dispose(),
    settle: async () => device && finished(device.queue),
    results: async () => {
      const y = await once()
      const values = back((await waitForDevice(y.getData())).slice())
      y.dispose()
      return { y: values }
    },
    free: async () => {
      await session.release()
      for (const buffer of buffers) buffer.destroy()
    },
  }
}

await serve(async () => {
  const adapter = onGpu ? await provideWebGpu() : undefined
  const ort = await loadFile<Ort>(`onnxruntime-web/dist/${onGpu ? 'ort.webgpu.mjs' : 'ort.node.min.mjs'}`)
  ort.env.wasm.numThreads = threads
  return {
    about: `onnxruntime-web ${ort.env.versions.web}, ${adapter ? `WebGPU over Dawn on ${adapter}` : `WebAssembly, ${threads} threads`}`,
    threads,
    prepare: async (op, inputs, onnx) => prepare(ort, op, inputs, readFileSync(onnx!)),
  }
})
