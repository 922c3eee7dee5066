/**
 * @file Pictures for tests: a PNG writer for every colour type, bit depth and interlacing (the one in `src` writes only what results need), JPEG files from
 * the encoder that comes with the decoder's package, and a picture to segment.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { deflateSync } from 'node:zlib'
import encode, { init } from '@jsquash/jpeg/encode.js'

/** PNG's colour types. */
export const COLOURS = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const
export const CHANNELS = { grey: 1, rgb: 3, palette: 1, greyAlpha: 2, rgba: 4 } as const

export interface PngPicture {
  width: number
  height: number
  colour: keyof typeof COLOURS
  depth: 1 | 2 | 4 | 8 | 16
  /** Row-major, as many a pixel as the colour type has channels. */
  samples: ArrayLike<number>
  interlaced?: boolean
  palette?: readonly (readonly [number, number, number])[]
  /** The bytes of a tRNS chunk. */
  transparency?: readonly number[]
}

/** First column and row, and their steps, of Adam7's passes. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]

export function writePng({ width, height, colour, depth, samples, interlaced = false, palette, transparency }: PngPicture): Uint8Array {
  const channels = CHANNELS[colour]
  const lines: Uint8Array[] = []
  for (const [x0, y0, dx, dy] of interlaced ? ADAM7 : [[0, 0, 1, 1]]) {
    const columns = Math.ceil((width - x0) / dx)
    if (columns <= 0) continue
    for (let y = y0; y < height; y += dy) {
      const values: number[] = []
      for (let x = x0; x < width; x += dx) for (let c = 0; c < channels; c++) values.push(samples[(y * width + x) * channels + c])
      lines.push(Uint8Array.of(0), packBits(values, depth))
    }
  }
  return pngOf(
    pngHeader(width, height, depth, COLOURS[colour], interlaced),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette.flat()))] : []),
    ...(transparency ? [chunk('tRNS', Uint8Array.from(transparency))] : []),
    chunk('IDAT', deflateSync(join(lines))),
    chunk('IEND', new Uint8Array(0)),
  )
}

/** A file of these chunks, whatever they are. */
export function pngOf(...chunks: readonly Uint8Array[]): Uint8Array {
  return join([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), ...chunks])
}

/** The chunk IHDR. */
export function pngHeader(width: number, height: number, depth: number, colour: number, interlaced = false): Uint8Array {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8)
  return chunk('IHDR', header)
}

/** Samples of 1 … 16 bits, the first in the highest bits, padded to whole bytes. */
function packBits(values: readonly number[], depth: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((values.length * depth) / 8))
  values.forEach((value, i) => {
    for (let bit = 0; bit < depth; bit++) {
      const at = i * depth + bit
      bytes[at >> 3] |= ((value >> (depth - 1 - bit)) & 1) << (7 - (at & 7))
    }
  })
  return bytes
}

/** A chunk with its length and checksum. */
export function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, data.length)
  out.set(new TextEncoder().encode(type), 4)
  out.set(data, 8)
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)))
  return out
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

let ready: Promise<unknown> | undefined

/** A JPEG file of RGB pixels. */
export async function writeJpeg(width: number, height: number, rgb: ArrayLike<number>, { progressive = false } = {}): Promise<Uint8Array> {
  ready ??= (async () => {
    const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm')
    await (init as (module: WebAssembly.Module) => Promise<unknown>)(await WebAssembly.compile(await readFile(path)))
  })()
  await ready
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[4 * i + c] = rgb[3 * i + c]
  return new Uint8Array(await encode({ width, height, data, colorSpace: 'srgb' } as ImageData, { progressive, quality: 95 }))
}

/** RGB: a dark red disc on a light ground with a gentle slope of brightness. Something to segment. */
export function disc(width: number, height: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const inside = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2 < 0.06
      const light = 225 + Math.round((20 * x) / width)
      rgb.set(inside ? [120, 40, 60] : [light, light - 10, light], 3 * i)
    }
  return rgb
}
