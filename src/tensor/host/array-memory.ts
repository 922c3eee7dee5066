/**
 * @file Memory of a CPU engine in JavaScript's own array buffers, which wait in a pool for the next
 * tensor of their size.
 */
import { Pool } from '../pool.ts'
import type { Block } from './engine.ts'

/**
 * Byte offsets up to here are 32-bit integers, on which engines keep their fast paths; some
 * browsers allow no larger array buffer either.
 */
export const MAX_ARRAY_BYTES = 2 ** 31 - 16

/** Blocks that are an array buffer each. */
export class ArrayMemory {
  readonly #pool = new Pool<Block>({
    create: (bytes) => {
      const buffer = arrayBuffer(bytes)
      return buffer && { buffer, offset: 0, bytes }
    },
    destroy: () => {},
  })

  /** Bytes of all blocks, in use or waiting. */
  get held(): number {
    return this.#pool.held
  }

  /** How many array buffers have been made so far. */
  get fetched(): number {
    return this.#pool.created
  }

  /** At least `bytes` with undefined contents; undefined where there is no memory left. */
  allocate(bytes: number): Block | undefined {
    return this.#pool.take(bytes, '')
  }

  /** Lets a block wait for the next request. */
  free(block: Block): void {
    this.#pool.give(block)
  }

  /** Gives the blocks that wait back to JavaScript. */
  trim(): void {
    this.#pool.drain()
  }
}

function arrayBuffer(bytes: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(bytes)
  } catch {
    return undefined
  }
}
