/** @file Plain TypeScript: the kernels of this folder over pooled array buffers. */
import { option } from '../../advice.ts'
import type { OpName, OpTable } from '../backend.ts'
import { CpuBackend } from '../host/backend.ts'
import type { Block, Engine, Work } from '../host/engine.ts'
import { Pool } from '../pool.ts'
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

/**
 * Byte offsets up to here are 32-bit integers, on which engines keep their fast paths; some
 * browsers allow no larger array buffer either.
 */
const MAX_BYTES = 2 ** 31 - 16

export class PlainEngine implements Engine {
  readonly description = 'CPU (TypeScript)'
  readonly note: string | undefined
  readonly maxTensorBytes = MAX_BYTES
  readonly advice = `Use a smaller ${option('size')} or a machine with more memory.`
  readonly #pool = new Pool<Block>({
    create: (bytes) => {
      const buffer = arrayBuffer(bytes)
      return buffer && { buffer, offset: 0, bytes }
    },
    destroy: () => {},
  })

  /** @param note a warning for people that says why this engine is used */
  constructor(note?: string) {
    this.note = note
  }

  get held(): number {
    return this.#pool.held
  }

  get fetched(): number {
    return this.#pool.created
  }

  allocate(bytes: number): Block | undefined {
    return this.#pool.take(bytes, '')
  }

  free(block: Block): void {
    this.#pool.give(block)
  }

  prepare<K extends OpName>(op: K, args: OpTable[K]): Work {
    return { run: () => plainKernels[op](args) }
  }

  trim(): void {
    this.#pool.drain()
  }

  dispose(): void {
    this.trim()
  }
}

/** A CPU backend that computes in plain TypeScript: the oracle of the tests. */
export function createCpuBackend(): CpuBackend {
  return new CpuBackend(new PlainEngine())
}

function arrayBuffer(bytes: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(bytes)
  } catch {
    return undefined
  }
}
