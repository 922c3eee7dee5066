/**
 * @file Inflating (zlib, RFC 1950) to a length that is known before, and no further: what expands
 * without end is given up as soon as it has gone too far.
 *
 * Node inflates all at once beside the thread (`#platform`). Elsewhere the runtime's own
 * `DecompressionStream` does the work in native code. It gets piece after piece, each when what
 * became of the one before has been counted; some runtimes' streams would take everything at once
 * otherwise. Not all of them notice that the checksum behind the data is missing, so it is compared
 * here.
 */
import { inflateAtOnce } from '#platform'
import { macrotask } from '../macrotask.ts'

/** Bytes that are handed over at a time. */
const PIECE = 64 * 1024
/** The most bytes that deflate makes of one. */
const MAX_EXPANSION = 1032
/** Behind the checksum some writers leave a few bytes; this near to the end it must stand. */
const TAIL = 64

/**
 * @param parts compressed data, cut anywhere
 * @returns exactly `length` bytes
 * @throws Error for too little data, for too much, and for data that are damaged
 */
export async function inflate(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const compressed = parts.reduce((sum, part) => sum + part.length, 0)
  // Before memory is asked for.
  if (compressed * MAX_EXPANSION < length) throw new Error(`too little data: ${compressed} compressed bytes for ${length}`)
  return inflateAtOnce(parts, length) ?? inflateByStream(parts, length)
}

/**
 * The same by a stream of the runtime.
 * @throws Error as `inflate` does
 * @example
 * const lines = await inflateByStream([deflateSync(rows)], rows.length)
 */
export async function inflateByStream(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length)
  const { writable, readable } = new DecompressionStream('deflate')
  const [writer, reader] = [writable.getWriter(), readable.getReader()]
  let filled = 0
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (filled + value.length > length) throw new Error(`too much data: more than ${length} bytes`)
      out.set(value, filled)
      filled += value.length
    }
  }
  const reading = read()
  let stopped = false
  const stop = () => {
    stopped = true
  }
  reading.catch(stop)
  const write = async () => {
    for (const piece of cut(parts)) {
      if (stopped) return
      await writer.write(piece)
      await macrotask()
    }
    if (!stopped) await writer.close()
  }
  // What is wrong with the data is told by the reader.
  const writing = write().catch(() => {})
  try {
    await reading
  } catch (error) {
    await Promise.allSettled([writing, reader.cancel(), writer.abort()])
    throw error
  }
  if (filled < length) throw new Error(`too little data: ${filled} bytes of ${length}`)
  if (!endsWith(parts, adler32(out))) throw new Error('the checksum behind its data is wrong or missing')
  return out
}

/** Whether a number stands, high byte first, at the end or shortly before it. */
function endsWith(parts: readonly Uint8Array[], sum: number): boolean {
  const tail: number[] = []
  for (let i = parts.length - 1; i >= 0 && tail.length < TAIL; i--) tail.unshift(...parts[i].slice(-TAIL))
  return tail.some(
    (_, i) => i + 4 <= tail.length && ((tail[i] << 24) | (tail[i + 1] << 16) | (tail[i + 2] << 8) | tail[i + 3]) >>> 0 === sum,
  )
}

/** The checksum of RFC 1950: two sums modulo 65,521, reduced before they could exceed 32 bits. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) {
      a += bytes[at]
      b += a
    }
    a %= 65521
    b %= 65521
  }
  return ((b << 16) | a) >>> 0
}

function* cut(parts: readonly Uint8Array[]): Generator<Uint8Array<ArrayBuffer>> {
  for (const part of parts) for (let at = 0; at < part.length; at += PIECE) yield part.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>
}
