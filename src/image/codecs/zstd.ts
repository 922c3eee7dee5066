/** @file Zstandard, decoded by its own library compiled to WebAssembly (npm `zstddec`). */
import { ZSTDDecoder } from 'zstddec'

const decoder = new ZSTDDecoder()

/**
 * @param most so many bytes are wanted: no more are made
 * @throws Error for data that are damaged, break off, or hold more
 */
export async function decodeZstd(data: Uint8Array, most: number): Promise<Uint8Array> {
  await decoder.init()
  const rows = decoder.decode(data, most)
  // Its errors are negative lengths.
  if (rows.length === 0) throw new Error('damaged data')
  return rows
}
