/**
 * @file The beginning of what a gzip file holds (RFC 1952), to a length that is known before and no
 * further: what expands without end costs no more memory than was asked for. By fflate, since some
 * runtimes' own streams refuse files with padding behind them.
 */
import { Gunzip } from 'fflate'
import { macrotask } from '../macrotask.ts'
import type { ByteSource } from '../source.ts'
import { crc32 } from './crc32.ts'

/** Compressed bytes that are handed over at a time: at most 16 MiB come of them. */
const PIECE = 16 * 1024
/** The most bytes that deflate makes of one. */
const MAX_EXPANSION = 1032
/** Behind the checksum some writers leave a few bytes; this near to the end it must stand. */
const TAIL = 64

/**
 * @param length bytes that are wanted
 * @returns so many bytes, fewer where the file holds no more
 * @throws Error for data that are damaged, and for files too short to hold so much
 */
export async function gunzipStart(source: ByteSource, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(Math.min(length, source.size * MAX_EXPANSION))
  let filled = 0
  /** Whether all that the file holds has been seen, and that in one piece with one checksum. */
  let [whole, members] = [true, 0]
  const stream = new Gunzip((chunk) => {
    const part = chunk.subarray(0, out.length - filled)
    out.set(part, filled)
    filled += part.length
    if (part.length < chunk.length) whole = false
  })
  stream.onmember = () => members++
  let at = 0
  for (; at < source.size && whole; at += PIECE) {
    const piece = await source.read(at, Math.min(PIECE, source.size - at))
    // It keeps what it is given, and the source's bytes are not its own.
    stream.push(piece.slice(), at + PIECE >= source.size)
    await macrotask()
  }
  if (whole && members <= 1) await checkSum(source, out.subarray(0, filled))
  return out.subarray(0, filled)
}

async function checkSum(source: ByteSource, bytes: Uint8Array): Promise<void> {
  const tail = await source.read(Math.max(0, source.size - TAIL), Math.min(TAIL, source.size))
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const sum = crc32(bytes)
  for (let at = 0; at + 4 <= tail.length; at++) if (view.getUint32(at, true) === sum) return
  throw new Error('the checksum behind its data is wrong or missing')
}
