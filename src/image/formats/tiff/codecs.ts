/**
 * @file How chunks are compressed. What makes bytes of bytes is called here by the number of the
 * compression; what makes pixels (JPEG and the like) is loaded when a file has it.
 */
import { AdzusError } from '../../../errors.ts'
import { loadPart } from '../../../part.ts'
import type { Decoded } from '../../format.ts'
import { reverseBits } from './bits.ts'
import { brokenTiff, unreadTiff } from './errors.ts'
import { decodeLzw } from './lzw.ts'
import { decodePackBits } from './packbits.ts'
import { compressionName, type Page, PHOTOMETRIC } from './page.ts'
import { TAG } from './tags.ts'

/** A chunk's rows as they were before compression, or its pixels. */
export type Opened = { rows: Uint8Array } | { pixels: Decoded }

/** Opens the chunks of a page. */
export interface Codec {
  /**
   * @param width pixels of a row
   * @param bytes so many are wanted at most
   */
  open(data: Uint8Array, size: { width: number; height: number; bytes: number }): Promise<Opened>
}

/** Which compression has which number. */
const JPEG = [7, 33007]

/**
 * The codec of a page.
 * @throws AdzusError for compressions that are not read
 */
export async function codecOf(page: Page): Promise<Codec> {
  const { compression, directory, photometric, planar } = page
  const { where } = directory.ranges
  const plain = (decode: (data: Uint8Array, bytes: number) => Uint8Array | Promise<Uint8Array>): Codec => ({
    open: async (data, { bytes }) => {
      const own = page.reversed ? reverseBits(data) : data
      try {
        return { rows: await decode(own, bytes) }
      } catch (cause) {
        if (cause instanceof AdzusError) throw cause
        throw brokenTiff(where, `${compressionName(compression)}: ${cause instanceof Error ? cause.message : cause}`, undefined, cause)
      }
    },
  })
  if (compression === 1) return plain((data) => data)
  if (compression === 5) return plain(decodeLzw)
  if (compression === 32773) return plain(decodePackBits)
  if (compression === 8 || compression === 32946) {
    const { decodeDeflate } = await loadPart('deflate for TIFF', () => import('./deflate.ts'))
    return plain(decodeDeflate)
  }
  if (compression === 50000) {
    const { decodeZstd } = await loadPart('Zstandard decoder (zstddec)', () => import('./zstd.ts'))
    return plain(decodeZstd)
  }
  if (JPEG.includes(compression)) {
    const { decodeJpegChunk } = await loadPart('JPEG decoder', () => import('./jpeg.ts'))
    const tables = await directory.bytes(TAG.jpegTables)
    const rgb = photometric === PHOTOMETRIC.rgb && !planar
    return {
      open: async (data, { width, height }) => ({ pixels: await decodeJpegChunk(data, { tables, rgb, pixels: width * height }, where) }),
    }
  }
  throw unreadTiff(where, `one compressed with ${compressionName(compression)}`)
}
