/**
 * @file Reading a file by many small ranges: directories lie all over it, and strips may be a row.
 * Small ranges come out of a few blocks that are kept.
 */
import type { ByteSource } from '../../../source.ts'
import { brokenTiff } from './errors.ts'

const BLOCK = 64 * 1024
/** Blocks that are kept. */
const KEPT = 16

/** Bytes of a file by range. */
export class Ranges {
  readonly size: number
  /** Names the file in errors. */
  readonly where: string
  readonly #source: ByteSource
  readonly #blocks = new Map<number, Promise<Uint8Array>>()

  constructor(source: ByteSource, where: string) {
    this.#source = source
    this.size = source.size
    this.where = where
  }

  /**
   * Exactly `length` bytes from `offset` on.
   * @param what is read, for errors
   * @throws AdzusError where they do not lie within the file
   */
  async read(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size))
      throw brokenTiff(this.where, `${what} at byte ${offset}, ${length} bytes long, in a file of ${this.size}`)
    const first = Math.floor(offset / BLOCK)
    if (Math.floor((offset + length - 1) / BLOCK) > first) return this.#source.read(offset, length)
    const block = await this.#block(first)
    return block.subarray(offset - first * BLOCK, offset - first * BLOCK + length)
  }

  #block(index: number): Promise<Uint8Array> {
    const at = index * BLOCK
    const block = this.#blocks.get(index) ?? this.#source.read(at, Math.min(BLOCK, this.size - at))
    this.#blocks.delete(index)
    this.#blocks.set(index, block)
    block.catch(() => this.#blocks.delete(index))
    if (this.#blocks.size > KEPT) this.#blocks.delete(this.#blocks.keys().next().value!)
    return block
  }
}
