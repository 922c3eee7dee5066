/** @file TensorFlow.js as a contender: `node tensorflow.js wasm` or `node tensorflow.js webgpu`. Its WebAssembly has SIMD in Node, but threads only in browsers. */
import process from 'node:process'
import { finished, provideWebGpu } from './dawn.ts'
import { transpose } from './layout.ts'
import type { Arrays, Op } from './ops.ts'
import { load } from './packages.ts'
import { type Prepared, serve } from './protocol.ts'

type Values = Float32Array<ArrayBuffer>

interface TfTensor {
  data(): Promise<Values>
  dispose(): void
}

/** What is used of the library. */
interface Tf {
  version_core: string
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  backend(): unknown
  tidy(work: () => TfTensor): TfTensor
  tensor(values: Values, shape: readonly number[]): TfTensor
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor
  conv2d(x: TfTensor, filter: TfTensor, strides: number, pad: 'same'): TfTensor
  moments(x: TfTensor, axes: readonly number[], keepDims: boolean): { mean: TfTensor; variance: TfTensor }
  add(a: TfTensor, b: TfTensor | number): TfTensor
  sub(a: TfTensor, b: TfTensor): TfTensor
  mul(a: TfTensor, b: TfTensor | number): TfTensor
  rsqrt(x: TfTensor): TfTensor
  sigmoid(x: TfTensor): TfTensor
  softmax(x: TfTensor): TfTensor
  transpose(x: TfTensor, axes: readonly number[]): TfTensor
  reshape(x: TfTensor, shape: readonly number[]): TfTensor
}

/** What is used of the WebGPU backend: sending what was recorded. */
interface WebGpuQueue {
  queue: GPUQueue
  ensureCommandEncoderReady(): void
  endComputePassEncoder(): void
  submitQueue(): void
}

const [kind] = process.argv.slice(2)
const onGpu = kind === 'webgpu'

/** The op as a function of its inputs on the device. */
function program(tf: Tf, op: Op, inputs: Arrays): { inputs: TfTensor[]; make: () => TfTensor } {
  switch (op.kind) {
    case 'gemm': {
      // Its product with a transposed matrix is many times slower on WebAssembly.
      const [x, w] = [tf.tensor(inputs.x, [op.m, op.k]), tf.tensor(transpose(inputs.w, op.n, op.k), [op.k, op.n])]
      const bias = tf.tensor(inputs.bias, [op.n])
      return { inputs: [x, w, bias], make: () => tf.add(tf.matMul(x, w), bias) }
    }
    case 'conv': {
      const x = tf.tensor(inputs.x, [1, op.side, op.side, op.inputs])
      const filter = tf.tensor(transpose(inputs.w, op.outputs, 9 * op.inputs), [3, 3, op.inputs, op.outputs])
      const bias = tf.tensor(inputs.bias, [op.outputs])
      return { inputs: [x, filter, bias], make: () => tf.add(tf.conv2d(x, filter, 1, 'same'), bias) }
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
      return { inputs: [x, gamma, beta], make }
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
      return { inputs: [q, k, v], make }
    }
  }
  throw new Error(`no ${op.kind} here`)
}

function prepare(tf: Tf, op: Op, arrays: Arrays): Prepared {
  const { inputs, make } = program(tf, op, arrays)
  return {
    run: () => tf.tidy(make).dispose(),
    settle: async () => {
      if (!onGpu) return
      const backend = tf.backend() as WebGpuQueue
      backend.ensureCommandEncoderReady()
      backend.endComputePassEncoder()
      backend.submitQueue()
      await finished(backend.queue)
    },
    results: async () => {
      const y = tf.tidy(make)
      const values = await y.data()
      y.dispose()
      return { y: values }
    },
    free: () => {
      for (const tensor of inputs) tensor.dispose()
    },
  }
}

await serve(async () => {
  const adapter = onGpu ? await provideWebGpu() : undefined
  const tf = load<Tf>('@tensorflow/tfjs-core')
  load(`@tensorflow/tfjs-backend-${kind}`)
  if (!(await tf.setBackend(kind))) throw new Error(`TensorFlow.js has no ${kind} here`)
  await tf.ready()
  return {
    about: `TensorFlow.js ${tf.version_core}, ${adapter ? `WebGPU over Dawn on ${adapter}` : 'WebAssembly with SIMD'}`,
    threads: 1,
    prepare: async (op, inputs) => prepare(tf, op, inputs),
  }
})
