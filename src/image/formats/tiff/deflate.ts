/** @file Deflate within zlib's wrapping (TIFF Technical Note 2). */
import { inflateSync } from 'fflate'

/**
 * Its checksum is not compared: writers pad the data behind it.
 * @param most so many bytes are wanted: no more are made
 * @returns as many or fewer
 * @throws Error for data that are damaged or break off
 */
export function decodeDeflate(data: Uint8Array, most: number): Uint8Array {
  if (data.length < 2 || (data[0] & 15) !== 8 || ((data[0] << 8) | data[1]) % 31 !== 0) throw new Error('damaged data: no header')
  return inflateSync(data.subarray(2), { out: new Uint8Array(most) })
}
