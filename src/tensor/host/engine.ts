/**
 * @file What differs between the two CPU backends: where tensors live and how ops are computed. `PlainEngine` is plain TypeScript over array buffers and is the
 * oracle that every other kernel is tested against; `WasmEngine` (`tensor/wasm`) is what people use.
 */
import type { Backend, OpName, OpTable } from '../backend.ts'
import type { YieldBudget } from './queue.ts'

/** A piece of memory. `buffer` may be another object after the memory has grown: read it anew for each use. */
export interface Block {
  readonly buffer: ArrayBufferLike
  readonly offset: number
  readonly bytes: number
}

/** A prepared op. */
export interface Work {
  /** Computes. Long ones give the event loop its turns. */
  run(budget: YieldBudget): void | Promise<void>
  /** What is going to run, as text, where that is more than the op. */
  plan?(): string
}

export interface Engine {
  readonly description: string
  readonly note?: string | undefined
  readonly maxTensorBytes: number
  readonly addressLimit?: Backend['addressLimit']
  /** What somebody can do who has run out of memory. */
  readonly advice: string
  /** Bytes of memory held, in use or not. */
  readonly held: number
  /** How many pieces of memory have been fetched from the system. */
  readonly fetched: number
  /** At least `bytes` of memory, with undefined contents; undefined where there is none left. */
  allocate(bytes: number): Block | undefined
  free(block: Block): void
  /** A chance to move a block to where contents that stay should be, before it is filled by the host and used by any op. */
  settle?(block: Block): Block
  /**
   * Prepares an op for running later. `temporary` gives memory for this op alone, which is given back behind it in the order of recording, like all memory: a block that is free by
   * the time that the op runs may still be in use by what was recorded before.
   */
  prepare<K extends OpName>(op: K, args: OpTable[K], temporary: (bytes: number) => Block): Work
  /** The same of an `attention` and the `attentionMap` of its scores, where both together are less work than one after the other. */
  prepareFused?(attention: OpTable['attention'], map: OpTable['attentionMap'], temporary: (bytes: number) => Block): Work | undefined
  /** Gives back to the system what waits for reuse, where that is possible. */
  trim?(): void
  dispose(): void | Promise<void>
}
