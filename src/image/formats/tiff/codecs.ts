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

/** What a chunk has at most. */
export interface Size {
  /** Pixels of a row, and rows. */
  width: number
  height: number
  /** Bytes of all rows. */
  bytes: number
}

/** Opens the chunks of a page. */
export interface Codec {
  open(data: Uint8Array, size: Size): Promise<Opened>
}

/** Which compression has which number. */
const JPEG = [7, 33007]
const JPEG_2000 = [33003, 33005, 34712]
const WEBP = 50001
const FAX = [2, 3, 4]

/**
 * The codec of a page.
 * @throws AdzusError for compressions that are not read
 */
export async function codecOf(page: Page): Promise<Codec> {
  const { compression, directory, photometric, planar } = page
  const { where } = directory.ranges
  const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof AdzusError) throw cause
      throw brokenTiff(where, `${compressionName(compression)}: ${cause instanceof Error ? cause.message : cause}`, undefined, cause)
    }
  }
  const plain = (decode: (data: Uint8Array, size: Size) => Uint8Array | Promise<Uint8Array>): Codec => ({
    open: async (data, size) => ({ rows: await guarded(() => decode(page.reversed ? reverseBits(data) : data, size)) }),
  })
  const coded = (decode: (data: Uint8Array, pixels: number) => Promise<Decoded>): Codec => ({
    open: async (data, { width, height }) => ({ pixels: await guarded(() => decode(data, width * height)) }),
  })
  if (compression === 1) return plain((data) => data)
  if (compression === 5) return plain((data, { bytes }) => decodeLzw(data, bytes))
  if (compression === 32773) return plain((data, { bytes }) => decodePackBits(data, bytes))
  if (compression === 8 || compression === 32946) {
    const { decodeDeflate } = await loadPart('deflate for TIFF', () => import('./deflate.ts'))
    return plain((data, { bytes }) => decodeDeflate(data, bytes))
  }
  if (compression === 50000) {
    const { decodeZstd } = await loadPart('Zstandard decoder (zstddec)', () => import('../../codecs/zstd.ts'))
    return plain((data, { bytes }) => decodeZstd(data, bytes))
  }
  if (FAX.includes(compression)) {
    const { decodeFax } = await loadPart('CCITT decoder', () => import('./fax.ts'))
    if (page.bits !== 1 || page.samples !== 1) throw brokenTiff(where, 'one of CCITT with other than one bit a pixel')
    const twoDimensional = compression === 3 && (((await directory.number(TAG.t4Options)) ?? 0) & 1) === 1
    return plain((data, { width, height }) => decodeFax(data, { compression, twoDimensional, width, height }))
  }
  if (JPEG.includes(compression)) {
    const { decodeJpegChunk } = await loadPart('JPEG decoder', () => import('./jpeg.ts'))
    const tables = await directory.bytes(TAG.jpegTables)
    const rgb = photometric === PHOTOMETRIC.rgb && !planar
    return coded((data, pixels) => decodeJpegChunk(data, { tables, rgb, pixels }, where))
  }
  if (JPEG_2000.includes(compression) || compression === WEBP) {
    const { decodeJ2k, decodeWebp } = await loadPart('JPEG 2000 and WebP in TIFF', () => import('./pictures.ts'))
    const decode = compression === WEBP ? decodeWebp : decodeJ2k
    return coded((data, pixels) => decode(data, page, pixels))
  }
  throw unreadTiff(where, `one compressed with ${compressionName(compression)}`)
}
