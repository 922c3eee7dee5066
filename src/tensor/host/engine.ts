/**
 * @file The interface of a CPU engine, which decides where tensors live and how ops are computed.
 * `PlainEngine` (`tensor/cpu`) is plain TypeScript over array buffers and is the oracle that every
 * other kernel is tested against; `WasmEngine` (`tensor/wasm`) is what people use.
 */
import type { Backend, OpName, OpTable } from '../backend.ts'
import type { YieldBudget } from './queue.ts'

/**
 * A piece of memory. `buffer` may be another object after the memory has grown: read it anew for
 * each use.
 */
export interface Block {
  readonly buffer: ArrayBufferLike
  readonly offset: number
  readonly bytes: number
}

/** A prepared op. */
export interface Work {
  /** Computes the op. Long work yields to the event loop when the budget is spent. */
  run(budget: YieldBudget): void | Promise<void>
  /** A description of what is going to run, where that is more than the op. */
  plan?(): string
}

export interface Engine {
  readonly description: string
  readonly note?: string | undefined
  readonly maxTensorBytes: number
  readonly addressLimit?: Backend['addressLimit']
  /** A hint for errors about memory that has run out. */
  readonly advice: string
  /** Bytes of memory held, in use or not. */
  readonly held: number
  /** How many pieces of memory have been fetched from the system. */
  readonly fetched: number
  /** At least `bytes` of memory, with undefined contents; undefined where there is none left. */
  allocate(bytes: number): Block | undefined
  free(block: Block): void
  /**
   * May move a block to where long-lived contents belong, before the host fills it and any op uses
   * it.
   */
  settle?(block: Block): Block
  /**
   * The host is going to read or write a block: its numbers must lie in the order of their tensor,
   * whatever order the engine had them in.
   */
  beforeAccess?(block: Block, access: 'read' | 'write'): void
  /**
   * Prepares an op for running later. `temporary` gives memory for this op alone, which is given
   * back in the order of recording, like all memory: a block that is free when the op is recorded
   * may still be in use by commands recorded before.
   */
  prepare<K extends OpName>(op: K, args: OpTable[K], temporary: (bytes: number) => Block): Work
  /**
   * Prepares an `attention` and the `attentionMap` of its scores as one, where that is less work
   * than one after the other.
   */
  prepareFused?(attention: OpTable['attention'], map: OpTable['attentionMap'], temporary: (bytes: number) => Block): Work | undefined
  /** Gives memory that waits for reuse back to the system, where that is possible. */
  trim?(): void
  dispose(): void | Promise<void>
}
