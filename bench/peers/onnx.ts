/**
 * @file onnxruntime-web as a contender, on WebAssembly or WebGPU. Ops come as ONNX models with their weights inside, some in several ways, of which the fastest is taken. On
 * WebGPU inputs and outputs stay on the device.
 */
import { waitForDevice } from '#platform'
import { relativeDifference, same } from './difference.ts'
import { finished } from './finished.ts'
import type { Host } from './host.ts'
import { transpose } from './layout.ts'
import { type Arrays, type Op, TIMESTEP } from './ops.ts'
import { type Contender, type Loaded, type Prepared, timed, type Ways } from './protocol.ts'

type Values = Float32Array<ArrayBuffer>

interface OrtTensor {
  getData(): Promise<Values>
  dispose(): void
}

interface Session {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>
  release(): Promise<void>
}

/** What is used of the library. */
export interface Ort {
  env: { wasm: { numThreads: number }; webgpu: { device: Promise<GPUDevice> }; versions: { web: string } }
  Tensor: {
    new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]): OrtTensor
    fromGpuBuffer(buffer: GPUBuffer, options: { dataType: string; dims: readonly number[] }): OrtTensor
  }
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> }
}

/** Milliseconds in which the worker threads start: they need turns of the event loop, which a running model does not leave. */
const START = 500

interface Layout {
  /** Inputs as the model takes them. */
  feeds: Record<string, { values: Values; dims: number[] }>
  /** The model's result as the files have it. */
  back(y: Values): Values
}

function layoutOf(op: Op, inputs: Arrays): Layout {
  const asIs = (y: Values) => y
  const image = (pixels: number, channels: number, outputs: number, dims: number[]): Layout => ({
    feeds: { x: { values: transpose(inputs.x, pixels, channels), dims } },
    back: (y) => transpose(y, outputs, y.length / outputs),
  })
  switch (op.kind) {
    case 'gemm':
      return { feeds: { x: { values: inputs.x, dims: [op.m, op.k] } }, back: asIs }
    case 'conv':
      return image(op.side ** 2, op.inputs, op.outputs, [1, op.inputs, op.side, op.side])
    case 'norm':
      return image(op.pixels, op.channels, op.channels, [1, op.channels, op.pixels, 1])
    case 'attention': {
      const dims = [1, op.tokens, op.heads * op.size]
      return { feeds: Object.fromEntries(['q', 'k', 'v'].map((name) => [name, { values: inputs[name], dims }])), back: asIs }
    }
    case 'unet': {
      const { feeds, back } = image(op.side ** 2, 4, 4, [1, 4, op.side, op.side])
      return { feeds: { ...feeds, context: { values: inputs.context, dims: [1, inputs.context.length / op.width, op.width] } }, back }
    }
    case 'vae':
      return image(op.side ** 2, 3, 4, [1, 3, op.side, op.side])
  }
  throw new Error(`no ONNX model of ${op.kind}`)
}

/** One way to compute an op. */
async function open(
  ort: Ort,
  kind: string,
  op: Op,
  { feeds: inputs, back }: Layout,
  [model, ...weights]: readonly Loaded[],
): Promise<Prepared> {
  const onGpu = kind === 'webgpu'
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: [kind],
    externalData: weights.map(({ path, bytes }) => ({ path: path.slice(path.lastIndexOf('/') + 1), data: bytes })),
    ...(onGpu && { preferredOutputLocation: 'gpu-buffer' }),
  })
  await new Promise((resolve) => setTimeout(resolve, START))
  const device = onGpu ? await ort.env.webgpu.device : undefined
  const buffers: GPUBuffer[] = []
  const place = ({ values, dims }: Layout['feeds'][string]) => {
    if (!device) return new ort.Tensor('float32', values, dims)
    const buffer = device.createBuffer({
      size: values.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    })
    device.queue.writeBuffer(buffer, 0, values)
    buffers.push(buffer)
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims })
  }
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, place(input)]))
  if (op.kind === 'unet') feeds.timestep = new ort.Tensor('int64', BigInt64Array.of(BigInt(TIMESTEP)), [1])
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

/** The fastest way, by its second run. One that fails, or whose result is not that of the first, is not taken, and the note says so. */
async function prepare(ort: Ort, kind: string, op: Op, inputs: Arrays, models: Ways<Loaded>): Promise<Prepared> {
  const layout = layoutOf(op, inputs)
  const [[name, model], ...others] = Object.entries(models)
  let best = { way: await open(ort, kind, op, layout, model), name, time: 0 }
  if (others.length === 0) return best.way
  const expected = (await best.way.results()).y
  best.time = await timed(best.way, 1)
  const rejected: string[] = []
  for (const [name, model] of others) {
    let way: Prepared | undefined
    try {
      way = await open(ort, kind, op, layout, model)
      const difference = relativeDifference((await way.results()).y, expected)
      if (!same(difference)) throw new Error(`differs by ${difference.toExponential(1)}`)
      const time = await timed(way, 1)
      if (time < best.time) [best, way] = [{ way, name, time }, best.way]
    } catch (error) {
      rejected.push(`${name} ${(error as Error).message}`)
    }
    await way?.free()
  }
  return { ...best.way, note: [best.name, ...rejected].join('; ') }
}

export async function openOnnx(host: Host, kind: string, threads: number): Promise<Contender> {
  const adapter = kind === 'webgpu' ? await host.webGpu() : undefined
  const ort = await host.onnxRuntime(kind)
  ort.env.wasm.numThreads = adapter ? 1 : threads
  const how = adapter ? `WebGPU: ${adapter}` : `WebAssembly, ${threads} threads`
  return {
    about: `onnxruntime-web ${ort.env.versions.web} in ${host.name}, ${how}`,
    threads,
    prepare: (op, inputs, models) => prepare(ort, kind, op, inputs, models),
  }
}
