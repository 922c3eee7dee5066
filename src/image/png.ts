/**
 * @file Reading PNG: every colour type and bit depth.
 */
import { convertIndexedToRgb, type DecodedPng, decode } from 'fast-png'
import { AdzusError, check } from '../errors.ts'
import { checkSize, type Pixels } from './raster.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte)
}

export function decodePng(bytes: Uint8Array, where: string): Pixels {
  // Width and height stand at a fixed place; they are checked before anything is inflated.
  if (bytes.length >= 24) {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    checkSize(view.getUint32(16), view.getUint32(20), where)
  }
  check(!(bytes[28] === 1 && bytes[24] < 8), () => ({
    what: 'image',
    where,
    expected: 'interlacing (Adam7) with 8 or 16 bits a sample only',
    got: `${bytes[24]}`,
    hint: 'Save it without interlacing.',
  }))
  let png: DecodedPng
  try {
    png = decode(bytes, { checkCrc: true })
  } catch (cause) {
    throw new AdzusError(
      {
        what: 'image',
        where,
        expected: 'a PNG file',
        // Some of its messages end as if another followed.
        got: `a broken one: ${(cause instanceof Error ? cause.message : `${cause}`).replace(/[\s:.]+$/, '')}`,
        hint: 'Is the file complete?',
      },
      { cause },
    )
  }
  const { width, height } = png
  return { width, height, data: samples(png) }
}

function samples(png: DecodedPng): Pixels['data'] {
  if (png.palette) {
    // Rows of fewer than 8 bits a pixel are whole bytes; the library's conversion takes that into account.
    return convertIndexedToRgb(png)
  }
  if (png.depth >= 8) return withTransparency(png, png.data)
  return withTransparency(png, unpack(png))
}

/** Grey pixels of 1, 2 or 4 bits to 8. */
function unpack({ width, height, depth, data }: DecodedPng): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8)
  const white = 2 ** depth - 1
  const out = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      const byte = data[y * rowBytes + (bit >> 3)]
      out[y * width + x] = ((byte >> (8 - depth - (bit & 7))) & white) * (255 / white)
    }
  return out
}

/** A colour declared transparent (tRNS) becomes an alpha channel. */
function withTransparency({ width, height, channels, depth, transparency }: DecodedPng, data: Pixels['data']): Pixels['data'] {
  if (!transparency || channels > 3 || channels === 2) return data
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1
  const opaque = data instanceof Uint16Array ? 65535 : 255
  const out =
    data instanceof Uint16Array ? new Uint16Array(width * height * (channels + 1)) : new Uint8Array(width * height * (channels + 1))
  for (let i = 0; i < width * height; i++) {
    let same = true
    for (let c = 0; c < channels; c++) {
      const value = data[i * channels + c]
      out[i * (channels + 1) + c] = value
      if (value !== transparency[c] * scale) same = false
    }
    out[i * (channels + 1) + channels] = same ? 0 : opaque
  }
  return out
}
