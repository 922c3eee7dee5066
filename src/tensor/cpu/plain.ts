/**
 * @file The oracle: every op as plain loops over its definition in the op table (`backend.ts`),
 * with sums in f64, as simple as it can be written. Its speed does not matter. The tests compare it
 * with definitions of their own. It computes for people only where there is no WebAssembly SIMD.
 */
import { option } from '../../advice.ts'
import type { OpName, OpTable } from '../backend.ts'
import { ArrayMemory, MAX_ARRAY_BYTES } from '../host/array-memory.ts'
import { CpuBackend } from '../host/backend.ts'
import type { Block, Engine, Work } from '../host/engine.ts'
import { attention, attentionMap } from './attention.ts'
import { conv2d } from './conv.ts'
import * as element from './elementwise.ts'
import * as layout from './layout.ts'
import { aggregateMap, argmaxMaps } from './maps.ts'
import { linearGeglu, matmul } from './matmul.ts'
import * as merging from './merging.ts'
import { groupNorm, layerNorm } from './norm.ts'
import { reduce, rowDot } from './reduce.ts'
import { softmax } from './softmax.ts'

/** Every op of the table. */
export const plainKernels: { [K in OpName]: (args: OpTable[K]) => void } = {
  matmul,
  linearGeglu,
  conv2d,
  groupNorm,
  layerNorm,
  softmax,
  attention,
  attentionMap,
  ...element,
  ...layout,
  ...merging,
  reduce,
  rowDot,
  aggregateMap,
  argmaxMaps,
}

/** The functions above over array buffers. */
export class PlainEngine implements Engine {
  readonly description = 'CPU (TypeScript)'
  readonly note: string | undefined
  readonly maxTensorBytes = MAX_ARRAY_BYTES
  readonly advice = `Use a smaller ${option('size')} or a machine with more memory.`
  readonly #memory = new ArrayMemory()

  /** @param note a warning for people that says why this engine is used */
  constructor(note?: string) {
    this.note = note
  }

  get held(): number {
    return this.#memory.held
  }

  get fetched(): number {
    return this.#memory.fetched
  }

  allocate(bytes: number): Block | undefined {
    return this.#memory.allocate(bytes)
  }

  free(block: Block): void {
    this.#memory.free(block)
  }

  prepare<K extends OpName>(op: K, args: OpTable[K]): Work {
    return { run: () => plainKernels[op](args) }
  }

  trim(): void {
    this.#memory.trim()
  }

  dispose(): void {
    this.trim()
  }
}

/**
 * A CPU backend that computes in plain TypeScript.
 * @example
 * const backend = createCpuBackend()
 * const sums = await reduce(Tensor.from(backend, values, [2, 3]), 'sum').floats()
 */
export function createCpuBackend(): CpuBackend {
  return new CpuBackend(new PlainEngine())
}
