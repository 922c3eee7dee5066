/**
 * @file Chunks that are JPEG 2000 (33003, 33005 of Aperio; 34712) or WebP (50001). Their sizes are
 * compared before they are decoded.
 */
import { bytesSource } from '../../../source.ts'
import { headerOf } from '../../codecs/codestream.ts'
import { decodeFrame } from '../../codecs/wasm-codec.ts'
import type { Decoded } from '../../format.ts'
import { openWebp } from '../webp/decode.ts'
import { fromYcc } from './colours.ts'
import { brokenTiff, unreadTiff } from './errors.ts'
import { compressionName, type Page } from './page.ts'

/** Aperio's number for luma and chroma within JPEG 2000. */
const APERIO_YCC = 33003
/** Coding style, a marker of JPEG 2000 (ITU-T T.800, A.6.1). */
const COD = 0x52

/** The pixels of a chunk of JPEG 2000, with as many samples as the page has. */
export async function decodeJ2k(data: Uint8Array, page: Page, pixels: number): Promise<Decoded> {
  const { where } = page.directory.ranges
  const header = headerOf(data)
  if (!header) throw unreadTiff(where, 'one with JPEG 2000 that has no header, or channels of different sizes')
  checkPixels(header, page, pixels)
  const { width, height, components, bits, signed, data: bytes } = await decodeFrame('jpeg-2000', data, header)
  if (signed) throw unreadTiff(where, 'one with JPEG 2000 of samples with a sign')
  const samples = bits > 8 ? new Uint16Array(bytes.buffer, bytes.byteOffset, width * height * components) : bytes
  const isYcc = page.compression === APERIO_YCC && components === 3 && bits <= 8 && !hasColourTransform(data)
  const own = isYcc ? fromYcc(samples, { coefficients: [0.299, 0.587, 0.114], reference: [0, 255, 128, 255, 128, 255] }) : samples
  return { width, height, channels: components, data: own, notes: [] }
}

/** Whether a stream has a transform to RGB of its own. */
function hasColourTransform(data: Uint8Array): boolean {
  for (let at = 2; at + 10 < data.length && data[at] === 0xff; at += 2 + ((data[at + 2] << 8) | data[at + 3]))
    if (data[at + 1] === COD) return data[at + 8] === 1
  return false
}

/** The pixels of a chunk of WebP, of three or four samples as the page has. */
export async function decodeWebp(data: Uint8Array, page: Page, pixels: number): Promise<Decoded> {
  const { where } = page.directory.ranges
  const [image] = await openWebp(bytesSource(where, data), where)
  checkPixels(image, page, pixels)
  const decoded = await image.decode()
  const { width, height, channels } = decoded
  if (channels === page.samples) return decoded
  const out = new Uint8Array(width * height * page.samples).fill(255)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < Math.min(channels, page.samples); c++) out[i * page.samples + c] = decoded.data[i * channels + c]
  return { ...decoded, channels: page.samples, data: out }
}

function checkPixels({ width, height }: { width: number; height: number }, page: Page, pixels: number): void {
  if (width * height <= pixels) return
  throw brokenTiff(page.directory.ranges.where, `${width} × ${height} pixels of ${compressionName(page.compression)} in a smaller chunk`)
}
