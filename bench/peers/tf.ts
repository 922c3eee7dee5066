/** @file What is used of TensorFlow.js. */

export interface TfTensor {
  shape: number[]
  data(): Promise<Float32Array<ArrayBuffer>>
  dispose(): void
}

type Pad = 'same' | number

export interface Tf {
  version_core: string
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  backend(): unknown
  /** WebAssembly in a page: where its files are, and how many threads. */
  wasm?: { setWasmPaths(folder: string): void; setThreadsCount(threads: number): void; getThreadsCount(): number }
  tidy<T extends TfTensor | TfTensor[]>(work: () => T): T
  tensor(values: Float32Array, shape: readonly number[]): TfTensor
  fused: {
    matMul(args: { a: TfTensor; b: TfTensor; bias?: TfTensor }): TfTensor
    conv2d(args: { x: TfTensor; filter: TfTensor; strides: number; pad: Pad; bias?: TfTensor }): TfTensor
  }
  image: { resizeNearestNeighbor(x: TfTensor, size: readonly number[]): TfTensor }
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor
  moments(x: TfTensor, axes: readonly number[], keepDims: boolean): { mean: TfTensor; variance: TfTensor }
  add(a: TfTensor, b: TfTensor | number): TfTensor
  sub(a: TfTensor, b: TfTensor | number): TfTensor
  mul(a: TfTensor, b: TfTensor | number): TfTensor
  rsqrt(x: TfTensor): TfTensor
  erf(x: TfTensor): TfTensor
  sigmoid(x: TfTensor): TfTensor
  softmax(x: TfTensor): TfTensor
  concat(tensors: TfTensor[], axis: number): TfTensor
  split(x: TfTensor, parts: number, axis: number): TfTensor[]
  transpose(x: TfTensor, axes: readonly number[]): TfTensor
  reshape(x: TfTensor, shape: readonly number[]): TfTensor
}
