/**
 * @file Inflating by Node's zlib in one piece: its streams hand out 16 KiB at a time, which takes
 * longer for a large picture than the inflating itself.
 */
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

/** The most bytes that are asked for at once. */
const MOST = 2 ** 30
/** The least that zlib takes. */
const LEAST = 64

const inflated = promisify<Uint8Array, { chunkSize: number; maxOutputLength: number }, Buffer>(inflate)

/**
 * Inflates (zlib, RFC 1950) beside the thread.
 * @param parts compressed data, cut anywhere; at most 2^31 bytes together
 * @returns exactly `length` bytes
 * @throws Error for too little data, for too much, and for data that are damaged
 * @example
 * const lines = await inflateAtOnce([deflateSync(rows)], rows.length)
 */
export async function inflateAtOnce(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const whole = parts.length === 1 ? parts[0] : Buffer.concat(parts)
  // With a byte to spare, zlib need not ask for room again to see that nothing follows.
  const chunkSize = Math.max(LEAST, Math.min(MOST, length + 1))
  const out = await inflated(whole, { chunkSize, maxOutputLength: Math.max(1, length) }).catch((cause) => {
    throw cause.code === 'ERR_BUFFER_TOO_LARGE' ? new Error(`too much data: more than ${length} bytes`, { cause }) : cause
  })
  if (out.length < length) throw new Error(`too little data: ${out.length} bytes of ${length}`)
  return new Uint8Array(out.buffer, out.byteOffset, length)
}
