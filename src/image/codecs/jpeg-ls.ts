/**
 * @file JPEG-LS (ITU-T T.87, ISO 14495-1; LOCO-I), lossless and near-lossless: 2 to 16 bits, up to
 * four components in any interleave, preset parameters and restarts. Mapping tables and sizes of
 * more than 65535 are refused.
 */

import { type Coded, expectedHeader, type FrameSize } from './codestream.ts'
import { NO_PRESETS, type Presets, parametersOf } from './jpeg-ls-presets.ts'
import { decodeLsScan, type Scan } from './jpeg-ls-scan.ts'
import { EOI, segmentAt } from './jpeg-segments.ts'

const SOS = 0xda
const DRI = 0xdd
const APP8 = 0xe8
const SOF55 = 0xf7
const LSE = 0xf8

/**
 * @param expected the size that the file tells; a stream of another is refused before memory is
 *   asked for
 * @throws Error for data that are damaged or cut off, and for other kinds of JPEG
 * @example
 * const { data, bits } = decodeJpegLs(stream, { width: 512, height: 512, components: 1 })
 */
export function decodeJpegLs(bytes: Uint8Array, expected: FrameSize): Coded {
  const header = expectedHeader(bytes, expected)
  const { width, height, components, bits } = header
  if (bits < 2 || bits > 16) throw new Error(`samples of ${bits} bits`)
  if (components > 4) throw new Error(`a stream of ${components} channels`)
  let ids: number[] | undefined
  let data: Uint8Array | Uint16Array | undefined
  let presets = NO_PRESETS
  let interval = 0
  const missing = new Set(Array.from({ length: components }, (_, i) => i))
  for (let at = 2; missing.size > 0; ) {
    const segment = segmentAt(bytes, at)
    if (!segment) throw new Error('missing data')
    const { marker, body, end } = segment
    if (marker === EOI) break
    at = end
    if (marker === SOF55) {
      if (ids) throw new Error('a second frame header')
      ids = idsOf(body, components)
    } else if (marker === LSE) presets = presetsOf(body)
    else if (marker === DRI) interval = body.subarray(0, 4).reduce((value, byte) => value * 256 + byte, 0)
    else if (marker >= 0xc0 && marker <= 0xcf) throw new Error('a JPEG stream that is not JPEG-LS')
    else if (marker === APP8 && String.fromCharCode(...body.subarray(0, 4)) === 'mrfx' && body[4] !== 0)
      throw new Error('a JPEG-LS stream of transformed colours')
    else if (marker === SOS) {
      if (!ids) throw new Error('a scan before its frame')
      const { near, ...of } = scanOf(body, ids)
      const scan: Scan = { width, height, components, interval, parameters: parametersOf(presets, bits, near), ...of }
      data ??= new (bits > 8 ? Uint16Array : Uint8Array)(width * height * components)
      at = decodeLsScan(bytes, at, scan, data)
      for (const index of of.indices) missing.delete(index)
    }
  }
  if (!data || missing.size > 0) throw new Error('the scans of some channels are missing')
  return { ...header, data: new Uint8Array(data.buffer) }
}

/** What the components are called (C.2.2). */
function idsOf(body: Uint8Array, components: number): number[] {
  if (body[5] !== components || body.length !== 6 + 3 * components) throw new Error('a frame header of another length than it says')
  for (let c = 0; c < components; c++) if (body[7 + 3 * c] !== 0x11) throw new Error('channels of different sizes')
  return Array.from({ length: components }, (_, c) => body[6 + 3 * c])
}

/** C.2.3. */
function scanOf(body: Uint8Array, ids: readonly number[]): { near: number; indices: number[]; samplewise: boolean } {
  const count = body[0]
  if (body.length !== 4 + 2 * count || count === 0) throw new Error('a scan header of another length than it says')
  const [near, interleave, transform] = body.subarray(-3)
  const indices = Array.from({ length: count }, (_, i) => ids.indexOf(body[1 + 2 * i]))
  if (indices.includes(-1) || new Set(indices).size !== count) throw new Error('a scan of a channel that its frame does not have')
  for (let i = 0; i < count; i++) if (body[2 + 2 * i] !== 0) throw new Error('a JPEG-LS stream with a mapping table')
  if (interleave > 2 || (interleave === 0) !== (count === 1) || transform !== 0) throw new Error('a scan of an unusual kind')
  return { near, indices, samplewise: interleave === 2 }
}

/** An LSE segment (C.2.4): only preset parameters are read. */
function presetsOf(body: Uint8Array): Presets {
  if (body[0] === 4) throw new Error('a JPEG-LS stream with a size of its own')
  if (body[0] !== 1) throw new Error('a JPEG-LS stream with a mapping table')
  if (body.length !== 11) throw new Error('parameters of another length')
  const [max, first, second, third, reset] = [1, 3, 5, 7, 9].map((at) => (body[at] << 8) | body[at + 1])
  return { max, thresholds: [first, second, third], reset }
}
