/**
 * @file The context of a lowering: addresses and threads, and how rows or elements are cut into
 * tasks.
 */
import type { OpName, OpTable } from '../../backend.ts'
import type { Tensor } from '../../tensor.ts'
import type { Step } from '../kernel.ts'
import type { WeightShape } from '../weight-panels.ts'

/** The parts of an engine that a lowering needs. */
export interface LoweringContext {
  readonly threads: number
  /** A tensor's address; 0 for none. */
  address(tensor: Tensor | undefined): number
  /** Address of memory for this op alone. */
  temporary(bytes: number): number
  /**
   * For an operand that this op reads as a weight only: what to call right before a product reads
   * it as a matrix of a shape. Undefined where it lies by rows in any case.
   */
  weight(tensor: Tensor): ((shape: WeightShape) => 'panels' | 'rows' | 'arrange') | undefined
  /** The memory, for steps on the host. */
  readonly memory: WebAssembly.Memory
}

/** Turns an op into steps; undefined where its shape is beyond the kernels. */
export type Lowering<K extends OpName> = (args: OpTable[K], context: LoweringContext) => Step[] | undefined

/** Multiply-adds below which a task is not worth another thread's attention: about 30 µs. */
export const SMALL = 2 ** 20

/** Vectors of simple arithmetic that take as long. */
const SMALL_BYTES = 2 ** 17
/** Bytes of a task of a single thread: short enough that the event loop gets its share. */
const LARGE_BYTES = 2 ** 25

/** n rounded up to a multiple. */
export const ceil = (n: number, step: number) => Math.ceil(n / step) * step

/** How many of `count` rows of so many bytes make a task. */
export function perTask(count: number, bytes: number, { threads }: Pick<LoweringContext, 'threads'>): number {
  const total = count * bytes
  const tasks = Math.max(total / LARGE_BYTES, threads === 1 ? 1 : Math.min(4 * threads, total / SMALL_BYTES))
  return Math.max(1, Math.ceil(count / Math.max(1, Math.ceil(tasks))))
}
