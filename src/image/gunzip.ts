/**
 * @file The beginning of what a gzip file holds (RFC 1952), to a length that is known before and no
 * further: what expands without end costs no more memory than was asked for.
 *
 * The runtime's own `DecompressionStream` does it in native code. Runtimes differ in what they take
 * (several members, padding behind the data), so whatever it does not bring to its end is done
 * again by fflate, which takes all of them and knows what is wrong.
 */
import { Gunzip } from 'fflate'
import { macrotask } from '../macrotask.ts'
import type { ByteSource } from '../source.ts'
import { crc32 } from './crc32.ts'

/** Compressed bytes that are handed over at a time: at most 64 MiB come of them. */
const PIECE = 64 * 1024
/** The most bytes that deflate makes of one. */
const MAX_EXPANSION = 1032
/** Behind the checksum some writers leave a few bytes; this near to the end it must stand. */
const TAIL = 64

/** What comes out, as far as there is room. */
interface Filled {
  out: Uint8Array
  length: number
  /** Whether there was more than there is room. */
  over: boolean
}

/**
 * @param length bytes that are wanted
 * @returns so many bytes, fewer where the file holds no more
 * @throws Error for data that are damaged
 */
export async function gunzipStart(source: ByteSource, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(Math.min(length, source.size * MAX_EXPANSION))
  const native = await byRuntime(source, out)
  if (native) return native
  const filled: Filled = { out, length: 0, over: false }
  let further = 0
  const stream = new Gunzip((chunk) => fill(filled, chunk))
  stream.onmember = () => further++
  for (let at = 0; at < source.size && !filled.over; at += PIECE) {
    const piece = await source.read(at, Math.min(PIECE, source.size - at))
    // It keeps what it is given, and the source's bytes are not its own.
    stream.push(piece.slice(), at + PIECE >= source.size)
    await macrotask()
  }
  const bytes = out.subarray(0, filled.length)
  if (!filled.over && further === 0) await checkSum(source, bytes)
  return bytes
}

function fill(filled: Filled, chunk: Uint8Array): void {
  const part = chunk.subarray(0, filled.out.length - filled.length)
  filled.out.set(part, filled.length)
  filled.length += part.length
  if (part.length < chunk.length) filled.over = true
}

/** Nothing where it is not sure that all that is wanted has come. */
async function byRuntime(source: ByteSource, out: Uint8Array): Promise<Uint8Array | undefined> {
  const { writable, readable } = new DecompressionStream('gzip')
  const [writer, reader] = [writable.getWriter(), readable.getReader()]
  const filled: Filled = { out, length: 0, over: false }
  let stopped = false
  const read = async () => {
    while (!filled.over) {
      const { done, value } = await reader.read()
      if (done) return
      fill(filled, value)
    }
  }
  const reading = read().finally(() => {
    stopped = true
  })
  const write = async () => {
    for (let at = 0; at < source.size && !stopped; at += PIECE) {
      await writer.write((await source.read(at, Math.min(PIECE, source.size - at))) as Uint8Array<ArrayBuffer>)
      await macrotask()
    }
    if (!stopped) await writer.close()
  }
  const writing = write().catch(() => {})
  try {
    await reading
  } catch {
    return undefined
  } finally {
    await Promise.allSettled([reader.cancel(), writer.abort(), writing])
  }
  if (filled.over) return out
  // The last four bytes of a file of one member are the length of what it holds.
  const tail = await source.read(Math.max(0, source.size - 4), Math.min(4, source.size))
  const told = tail.length === 4 ? new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0, true) : -1
  if (told !== filled.length) return undefined
  await checkSum(source, out.subarray(0, filled.length))
  return out.subarray(0, filled.length)
}

async function checkSum(source: ByteSource, bytes: Uint8Array): Promise<void> {
  const tail = await source.read(Math.max(0, source.size - TAIL), Math.min(TAIL, source.size))
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const sum = crc32(bytes)
  for (let at = 0; at + 4 <= tail.length; at++) if (view.getUint32(at, true) === sum) return
  throw new Error('the checksum behind its data is wrong or missing')
}
