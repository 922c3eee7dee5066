/**
 * @file Chunks compressed as JPEG (TIFF Technical Note 2): their tables may stand in a tag, and the
 * page says what their colours are, not they themselves.
 */
import type { Decoded } from '../../format.ts'
import { decodeFourChannels, decodeSegments } from '../jpeg/decode.ts'
import { readSegments } from '../jpeg/segments.ts'
import { brokenTiff, unreadTiff } from './errors.ts'

/** What a page says of its chunks. */
export interface JpegChunk {
  /** The tag JPEGTables. */
  tables: Uint8Array | undefined
  /** Whether three channels are RGB; a JFIF header in the chunk says that they are not. */
  rgb: boolean
  /** The most pixels that it may have. */
  pixels: number
}

/**
 * The pixels of a chunk, RGB where it has three channels, of four as they are stored.
 * @throws AdzusError for what cannot be decoded
 */
export async function decodeJpegChunk(data: Uint8Array, { tables, rgb, pixels }: JpegChunk, where: string): Promise<Decoded> {
  if (data.length < 2) throw brokenTiff(where, `a chunk of JPEG of ${data.length} bytes`)
  const parts = readSegments(tables ? joined(data, tables) : data, where, (width, height) => {
    if (width * height > pixels) throw brokenTiff(where, `${width} × ${height} pixels of JPEG in a smaller chunk`)
  })
  const { components } = parts.frame
  if (components.length === 4) {
    if (parts.transform) throw unreadTiff(where, 'one with inks as luma and chroma (YCCK) in JPEG')
    return decodeFourChannels(parts, where)
  }
  if (components.length === 3 && rgb && !parts.jfif) parts.transform = 0
  return decodeSegments(parts, where)
}

/** The tables put behind the chunk's start marker, without their own start and end. */
function joined(data: Uint8Array, tables: Uint8Array): Uint8Array {
  const end = tables.length >= 4 && tables[tables.length - 2] === 0xff && tables[tables.length - 1] === 0xd9 ? -2 : undefined
  const middle = tables.subarray(2, end)
  const out = new Uint8Array(data.length + middle.length)
  out.set(data.subarray(0, 2))
  out.set(middle, 2)
  out.set(data.subarray(2), 2 + middle.length)
  return out
}
