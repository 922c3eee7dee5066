/** @file Decoded chunks that are kept for the next part, the latest that fit into some bytes. */
import type { Samples } from '../../raster.ts'

/** Bytes that the chunks of a file may take, and that a single one may: a page may be one strip. */
const MAX_BYTES = 2 ** 26
const MAX_CHUNK = 2 ** 29

/** Decoded samples of a chunk. */
export interface Chunk {
  data: Samples
  /** Pixels of a row as it was decoded, and rows. */
  width: number
  rows: number
  /** Samples a pixel. */
  samples: number
  /** What is to be said of it. */
  notes: readonly string[]
}

/** The chunks of a file, by name. */
export class ChunkCache {
  readonly #kept = new Map<string, Chunk>()
  #bytes = 0

  get(name: string): Chunk | undefined {
    const chunk = this.#kept.get(name)
    if (chunk) {
      this.#kept.delete(name)
      this.#kept.set(name, chunk)
    }
    return chunk
  }

  put(name: string, chunk: Chunk): void {
    if (this.#kept.has(name) || chunk.data.byteLength > MAX_CHUNK) return
    const { data } = chunk
    // A part of a larger buffer would keep all of that.
    this.#kept.set(name, data.byteLength === data.buffer.byteLength ? chunk : { ...chunk, data: data.slice() })
    this.#bytes += data.byteLength
    for (const [oldest, { data: old }] of this.#kept) {
      if (this.#bytes <= MAX_BYTES || oldest === name) return
      this.#kept.delete(oldest)
      this.#bytes -= old.byteLength
    }
  }
}
