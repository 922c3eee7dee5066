/** @file TensorFlow.js as a contender, on WebAssembly or WebGPU. A product or a convolution takes its bias along. */
import { finished } from './finished.ts'
import type { Host } from './host.ts'
import { transpose } from './layout.ts'
import { type Arrays, type Op, TIMESTEP } from './ops.ts'
import type { Contender, Prepared } from './protocol.ts'
import type { Tf, TfTensor } from './tf.ts'
import { TfUNet } from './tf-unet.ts'
import { TfVae } from './tf-vae.ts'

/** What is used of the WebGPU backend: sending what was recorded. */
interface WebGpuQueue {
  queue: GPUQueue
  ensureCommandEncoderReady(): void
  endComputePassEncoder(): void
  submitQueue(): void
}

type Network = Extract<Op, { kind: 'unet' | 'vae' }>

interface Program {
  make: () => TfTensor
  free: () => void
}

/** The op as a function of its inputs on the device. */
function program(tf: Tf, op: Exclude<Op, Network>, inputs: Arrays): Program {
  const of = (tensors: TfTensor[], make: () => TfTensor) => ({ make, free: () => dispose(tensors) })
  switch (op.kind) {
    case 'gemm': {
      // Its product with a transposed matrix is many times slower on WebAssembly.
      const [x, w] = [tf.tensor(inputs.x, [op.m, op.k]), tf.tensor(transpose(inputs.w, op.n, op.k), [op.k, op.n])]
      const bias = tf.tensor(inputs.bias, [op.n])
      return of([x, w, bias], () => tf.fused.matMul({ a: x, b: w, bias }))
    }
    case 'conv': {
      const x = tf.tensor(inputs.x, [1, op.side, op.side, op.inputs])
      const filter = tf.tensor(transpose(inputs.w, op.outputs, 9 * op.inputs), [3, 3, op.inputs, op.outputs])
      const bias = tf.tensor(inputs.bias, [op.outputs])
      return of([x, filter, bias], () => tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias }))
    }
    case 'norm': {
      const { pixels, channels, groups } = op
      const shape = [pixels, groups, channels / groups]
      const x = tf.tensor(inputs.x, shape)
      const [gamma, beta] = [inputs.gamma, inputs.beta].map((v) => tf.tensor(v, [1, ...shape.slice(1)]))
      const make = () => {
        const { mean, variance } = tf.moments(x, [0, 2], true)
        const normed = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)))
        const y = tf.add(tf.mul(normed, gamma), beta)
        return tf.mul(y, tf.sigmoid(y))
      }
      return of([x, gamma, beta], make)
    }
    case 'attention': {
      if (op.map) break
      const { tokens, heads, size } = op
      const [q, k, v] = ['q', 'k', 'v'].map((name) => tf.tensor(inputs[name], [tokens, heads, size]))
      const make = () => {
        const [a, b, c] = [q, k, v].map((t) => tf.transpose(t, [1, 0, 2]))
        const probabilities = tf.softmax(tf.mul(tf.matMul(a, b, false, true), size ** -0.5))
        return tf.reshape(tf.transpose(tf.matMul(probabilities, c), [1, 0, 2]), [tokens, heads * size])
      }
      return of([q, k, v], make)
    }
  }
  throw new Error(`no ${op.kind} here`)
}

function dispose(owned: readonly { dispose(): void }[]): void {
  for (const each of owned) each.dispose()
}

async function network(tf: Tf, host: Host, op: Network, inputs: Arrays): Promise<Program> {
  const files = await host.model(op.model)
  const { side } = op
  if (op.kind === 'vae') {
    const vae = await TfVae.load(tf, files)
    const x = tf.tensor(inputs.x, [1, side, side, 3])
    return { make: () => vae.mean(x), free: () => dispose([x, vae]) }
  }
  const unet = await TfUNet.load(tf, files)
  const x = tf.tensor(inputs.x, [1, side, side, 4])
  const context = tf.tensor(inputs.context, [inputs.context.length / op.width, op.width])
  return { make: () => unet.forward(x, TIMESTEP, context), free: () => dispose([x, context, unet]) }
}

async function settle(tf: Tf): Promise<void> {
  const backend = tf.backend() as WebGpuQueue
  backend.ensureCommandEncoderReady()
  backend.endComputePassEncoder()
  backend.submitQueue()
  await finished(backend.queue)
}

export async function openTensorFlow(host: Host, kind: string, wanted: number): Promise<Contender> {
  const onGpu = kind === 'webgpu'
  const adapter = onGpu ? await host.webGpu() : undefined
  const tf = await host.tensorFlow(kind, wanted)
  if (!(await tf.setBackend(kind))) throw new Error(`TensorFlow.js has no ${kind} here`)
  await tf.ready()
  const threads = onGpu ? 1 : (tf.wasm?.getThreadsCount() ?? 1)
  const prepare = async (op: Op, inputs: Arrays): Promise<Prepared> => {
    const { make, free } = op.kind === 'unet' || op.kind === 'vae' ? await network(tf, host, op, inputs) : program(tf, op, inputs)
    return {
      run: () => tf.tidy(make).dispose(),
      settle: onGpu ? () => settle(tf) : undefined,
      results: async () => {
        const y = tf.tidy(make)
        const values = await y.data()
        y.dispose()
        return { y: values }
      },
      free,
    }
  }
  return {
    about: `TensorFlow.js ${tf.version_core} in ${host.name}, ${adapter ? `WebGPU: ${adapter}` : `WebAssembly with SIMD, threads: ${threads}`}`,
    threads,
    prepare,
  }
}
