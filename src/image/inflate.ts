/**
 * @file Inflating (zlib, RFC 1950) to a length that is known before, and no further: what expands without end is given up as soon as it has gone too far.
 *
 * The runtime's own `DecompressionStream` does the work in native code, beside the thread. It is fed in pieces, so that no piece can become more than some
 * megabytes before anybody looks (deflate makes at most 1032 bytes of one), and it checks the sum at the end.
 */

/** Bytes that are handed over at a time. */
const PIECE = 64 * 1024
/** The most bytes that deflate makes of one. */
const MAX_EXPANSION = 1032

/**
 * @param parts compressed data, cut anywhere
 * @returns exactly `length` bytes
 * @throws Error for too little data, for too much, and for data that are damaged
 */
export async function inflate(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const compressed = parts.reduce((sum, part) => sum + part.length, 0)
  // Before memory is asked for.
  if (compressed * MAX_EXPANSION < length) throw new Error(`too little data: ${compressed} compressed bytes for ${length}`)
  const out = new Uint8Array(length)
  const reader = piecesOf(parts).pipeThrough(new DecompressionStream('deflate')).getReader()
  let filled = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (filled + value.length > length) {
      await reader.cancel().catch(() => {})
      throw new Error(`too much data: more than ${length} bytes`)
    }
    out.set(value, filled)
    filled += value.length
  }
  if (filled < length) throw new Error(`too little data: ${filled} bytes of ${length}`)
  return out
}

/** Hands over a piece when it is asked for one, never ahead. */
function piecesOf(parts: readonly Uint8Array[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = cut(parts)
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}

function* cut(parts: readonly Uint8Array[]): Generator<Uint8Array<ArrayBuffer>> {
  for (const part of parts) for (let at = 0; at < part.length; at += PIECE) yield part.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>
}
