/**
 * @file Reading PNG (PNG specification, third edition): every colour type and bit depth, interlaced
 * or not. `chunks.ts` has walked the file; here the pixels are inflated to the length that the
 * header implies, filters are undone, and samples of 1, 2 and 4 bits are unpacked.
 */

import type { ByteSource } from '../../../source.ts'
import type { Decoded, StoredImage } from '../../format.ts'
import { inflate } from '../../inflate.ts'
import { brokenPng, GREY, GREY_ALPHA, PALETTE, type PngParts, RGB, RGBA, readChunks } from './chunks.ts'
import { unfilterRow } from './unfilter.ts'

const CHANNELS: Record<number, number> = { [GREY]: 1, [RGB]: 3, [PALETTE]: 1, [GREY_ALPHA]: 2, [RGBA]: 4 }

/**
 * First column and row, and their steps, of Adam7's passes; and of the only one without
 * interlacing.
 */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]
const WHOLE = [[0, 0, 1, 1]]

type Samples = Uint8Array | Uint16Array

/**
 * @throws AdzusError for files that contradict the specification or themselves, and for sizes that
 *   cannot be segmented
 */
export async function openPng(source: ByteSource, where: string): Promise<StoredImage[]> {
  const parts = readChunks(await source.read(0, source.size), where)
  const { width, height, colour, depth, spacing, exif } = parts
  const channels = (colour === PALETTE ? 3 : CHANNELS[colour]) + (parts.transparency ? 1 : 0)
  const facts = { type: depth === 16 ? 'uint16' : 'uint8', channels, spacing: spacing ?? exif?.spacing, compression: 'deflate' }
  return [{ width, height, facts, decode: () => decodeParts({ ...parts, notes: [...parts.notes] }, where) }]
}

async function decodeParts(parts: PngParts, where: string): Promise<Decoded> {
  const { width, height, colour, depth, spacing, exif, notes } = parts
  const channels = CHANNELS[colour]
  const passes = passesOf(parts, channels)
  const length = passes.reduce((sum, pass) => sum + pass.rows * (1 + pass.rowBytes), 0)
  const lines = await inflate(parts.data, length).catch((cause) => {
    throw brokenPng(where, `a broken one: ${cause instanceof Error ? cause.message : cause}`, undefined, cause)
  })
  const data = depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels)
  // Whole bytes in the order of the picture need no place of their own to be put in order.
  const straight = data instanceof Uint8Array && depth === 8 && !parts.interlaced
  let at = 0
  for (const pass of passes) {
    const fault = unfilter(lines, at, pass, Math.max(1, (channels * depth) >> 3), straight ? data : lines)
    if (fault !== undefined) throw brokenPng(where, `a broken one: no filter has number ${fault}`)
    if (straight) break
    for (let row = 0; row < pass.rows; row++, at += 1 + pass.rowBytes)
      place(lines.subarray(at + 1, at + 1 + pass.rowBytes), data, pass, row, { width, channels, depth })
  }
  const samples = colour === PALETTE ? lookUp(data, parts) : withTransparency(data, parts, channels)
  return {
    width,
    height,
    channels: samples.length / (width * height),
    data: depth < 8 && colour !== PALETTE ? spread(samples, depth) : samples,
    spacing: spacing ?? exif?.spacing,
    orientation: exif?.orientation,
    notes,
  }
}

interface Kind {
  width: number
  channels: number
  depth: number
}

interface Pass {
  x0: number
  y0: number
  dx: number
  dy: number
  columns: number
  rows: number
  rowBytes: number
}

/** The passes that have pixels. */
function passesOf({ width, height, depth, interlaced }: PngParts, channels: number): Pass[] {
  return (interlaced ? ADAM7 : WHOLE)
    .map(([x0, y0, dx, dy]) => {
      const [columns, rows] = [Math.ceil((width - x0) / dx), Math.ceil((height - y0) / dy)]
      return { x0, y0, dx, dy, columns, rows, rowBytes: Math.ceil((columns * channels * depth) / 8) }
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
}

/**
 * Undoes the filters of a pass's rows.
 * @param out where row after row goes without gaps, from its start on; or `lines` itself, whose
 *   rows stay where they are
 * @param bpp bytes from a byte to the one of the pixel before
 * @returns the number of a filter that does not exist, if there is one
 */
function unfilter(lines: Uint8Array, start: number, { rows, rowBytes: length }: Pass, bpp: number, out: Uint8Array): number | undefined {
  const inPlace = out === lines
  const [first, stride] = inPlace ? [start + 1, 1 + length] : [0, length]
  for (let row = 0; row < rows; row++) {
    const at = start + row * (1 + length)
    const to = first + row * stride
    const above = row === 0 ? -1 : to - stride
    if (!unfilterRow(lines[at], { lines, from: at + 1, out, to, above, length, bpp })) return lines[at]
  }
  return undefined
}

/** Puts a pass's row where it belongs, one number a sample. */
function place(line: Uint8Array, out: Samples, pass: Pass, row: number, { width, channels, depth }: Kind): void {
  const { x0, y0, dx, dy, columns } = pass
  const first = ((y0 + row * dy) * width + x0) * channels
  if (depth === 16 && dx === 1) for (let i = 0; i < columns * channels; i++) out[first + i] = (line[2 * i] << 8) | line[2 * i + 1]
  else {
    const sample = samplesOf(line, depth)
    for (let column = 0; column < columns; column++)
      for (let c = 0; c < channels; c++) out[first + column * dx * channels + c] = sample(column * channels + c)
  }
}

/** The samples of a row by their number, the first in the highest bits. */
function samplesOf(line: Uint8Array, depth: number): (i: number) => number {
  if (depth === 8) return (i) => line[i]
  if (depth === 16) return (i) => (line[2 * i] << 8) | line[2 * i + 1]
  const most = 2 ** depth - 1
  return (i) => (line[(i * depth) >> 3] >> (8 - depth - ((i * depth) & 7))) & most
}

/**
 * Colours of a palette's indices; with transparency there is a fourth channel. What lies beyond the
 * palette is black, as libpng has it.
 */
function lookUp(indices: Samples, { palette, transparency, notes }: PngParts): Uint8Array {
  const channels = transparency ? 4 : 3
  const entries = palette!.length / 3
  const colours = new Uint8Array(256 * channels)
  for (let i = 0; i < 256; i++) {
    if (i < entries) colours.set(palette!.subarray(3 * i, 3 * i + 3), i * channels)
    if (transparency) colours[i * channels + 3] = transparency[i] ?? 255
  }
  const out = new Uint8Array(indices.length * channels)
  let beyond = 0
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]
    if (index >= entries) beyond++
    for (let c = 0; c < channels; c++) out[i * channels + c] = colours[index * channels + c]
  }
  if (beyond > 0) notes.push(`${beyond} of its pixels lie beyond its palette and are black`)
  return out
}

/**
 * A colour declared transparent (tRNS) becomes an alpha channel, of the largest number where pixels
 * are opaque.
 */
function withTransparency(data: Samples, { width, height, depth, transparency }: PngParts, channels: number): Samples {
  if (!transparency) return data
  const hidden = Array.from({ length: channels }, (_, c) => (transparency[2 * c] << 8) | transparency[2 * c + 1])
  const opaque = 2 ** depth - 1
  const length = width * height * (channels + 1)
  const out = data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length)
  for (let i = 0; i < width * height; i++) {
    let same = true
    for (let c = 0; c < channels; c++) {
      const value = data[i * channels + c]
      out[i * (channels + 1) + c] = value
      if (value !== hidden[c]) same = false
    }
    out[i * (channels + 1) + channels] = same ? 0 : opaque
  }
  return out
}

/** Samples of fewer than 8 bits over the range of 8. */
function spread(samples: Samples, depth: number): Samples {
  const factor = 255 / (2 ** depth - 1)
  for (let i = 0; i < samples.length; i++) samples[i] *= factor
  return samples
}
