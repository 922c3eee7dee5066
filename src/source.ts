/**
 * @file Bytes that can be read by range: a file, a blob, a buffer. The reader never asks for a
 * whole file.
 */

/** Bytes that can be read by range. */
export interface ByteSource {
  /** For error messages. */
  readonly name: string
  readonly size: number
  /** Identifies a file and its state, where that is known: the same text means the same bytes. */
  readonly identity?: string
  /** Exactly `length` bytes from `offset` on. */
  read(offset: number, length: number): Promise<Uint8Array>
  close?(): Promise<void>
}

/** A source in memory. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}
