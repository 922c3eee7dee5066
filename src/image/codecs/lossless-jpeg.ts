/**
 * @file Lossless JPEG (ITU-T T.81, annex H; process 14): Huffman codes of differences from what the
 * neighbours predict. Any count of channels, up to 16 bits, all seven predictors, restarts and the
 * point transform.
 */

import { type Codes, readTables } from './huffman.ts'
import { EOI, segmentAt } from './jpeg-segments.ts'
import { Bits } from './lossless-bits.ts'

export interface Lossless {
  width: number
  height: number
  components: number
  bits: number
  /** The samples of a pixel follow each other. */
  data: Uint16Array
}

const SOF3 = 0xc3
const DHT = 0xc4
const SOI = 0xd8
const SOS = 0xda
const DRI = 0xdd

/**
 * @param expected the size that the file tells; a stream of another is refused before memory is
 *   asked for
 * @throws Error for data that are damaged, and for other kinds of JPEG
 * @example
 * const { data } = decodeLossless(stream, { width: 512, height: 512, components: 1 })
 */
export function decodeLossless(bytes: Uint8Array, expected: { width: number; height: number; components: number }): Lossless {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new Error('no JPEG stream')
  const { width, height, components } = expected
  const tables = new Map<number, Codes>()
  let frame: { bits: number; ids: number[] } | undefined
  let data: Uint16Array | undefined
  let [interval, left] = [0, components]
  for (let at = 2; left > 0; ) {
    const segment = segmentAt(bytes, at)
    if (!segment || segment.marker === EOI) break
    const { marker, body, end } = segment
    at = end
    if (marker === DHT) readTables(body, tables)
    else if (marker === DRI) interval = (body[0] << 8) | body[1]
    else if (marker >= 0xc0 && marker <= 0xcf) {
      if (marker !== SOF3) throw new Error('a JPEG stream that is not lossless, or of an unusual kind')
      frame = frameOf(body, expected)
    } else if (marker === SOS) {
      if (!frame) throw new Error('a scan before its frame')
      // A sample has a bit at least.
      if (8 * bytes.length < width * height * components) throw new Error('too little data')
      data ??= new Uint16Array(width * height * components)
      const of = scanOf(body, frame.ids, tables)
      left -= of.length
      const scan: Scan = { width, height, components, bits: frame.bits, predictor: body.at(-3)!, shift: body.at(-1)! & 15, interval, of }
      at += decodeScan(bytes.subarray(at), scan, data)
    }
  }
  if (!frame || !data || left !== 0) throw new Error('the scans of some channels are missing')
  return { width, height, components, bits: frame.bits, data }
}

function frameOf(body: Uint8Array, expected: { width: number; height: number; components: number }): { bits: number; ids: number[] } {
  const [bits, height, width, count] = [body[0], (body[1] << 8) | body[2], (body[3] << 8) | body[4], body[5]]
  if (body.length !== 6 + 3 * count) throw new Error('a frame header of another length than it says')
  if (width !== expected.width || height !== expected.height || count !== expected.components)
    throw new Error(
      `a stream of ${width} × ${height} × ${count} samples in place of ${expected.width} × ${expected.height} × ${expected.components}`,
    )
  if (bits < 2 || bits > 16) throw new Error(`samples of ${bits} bits`)
  for (let c = 0; c < count; c++) if (body[7 + 3 * c] !== 0x11) throw new Error('channels of different sizes')
  return { bits, ids: Array.from({ length: count }, (_, c) => body[6 + 3 * c]) }
}

interface Channel {
  index: number
  codes: Codes
}

function scanOf(body: Uint8Array, ids: readonly number[], tables: ReadonlyMap<number, Codes>): Channel[] {
  const count = body[0]
  if (body.length !== 4 + 2 * count || count === 0) throw new Error('a scan header of another length than it says')
  return Array.from({ length: count }, (_, i) => {
    const index = ids.indexOf(body[1 + 2 * i])
    const codes = tables.get(body[2 + 2 * i] >> 4)
    if (index < 0) throw new Error('a scan of a channel that its frame does not have')
    if (!codes) throw new Error('a Huffman table is missing')
    return { index, codes }
  })
}

interface Scan {
  width: number
  height: number
  components: number
  bits: number
  predictor: number
  shift: number
  /** Pixels between restarts; 0 for none. */
  interval: number
  of: Channel[]
}

/** Decodes one scan into `data`; returns how many bytes it took. */
function decodeScan(bytes: Uint8Array, scan: Scan, data: Uint16Array): number {
  const { width, height, components, bits, predictor, shift, interval, of } = scan
  if (predictor < 1 || predictor > 7) throw new Error(`predictor ${predictor}`)
  const coded = new Bits(bytes)
  const middle = 1 << (bits - shift - 1)
  const row = width * components
  const mask = 0xffff
  /** Whether the row is the first one behind a start, where only the left neighbour counts. */
  let fresh = true
  for (let y = 0, count = 0; y < height; y++) {
    for (let x = 0; x < width; x++, count++) {
      let restarted = false
      if (interval > 0 && count > 0 && count % interval === 0) {
        coded.restart()
        fresh = true
        restarted = true
      }
      for (const { index, codes } of of) {
        const at = y * row + x * components + index
        const predicted =
          restarted || (x === 0 && fresh)
            ? middle
            : fresh
              ? data[at - components]
              : x === 0
                ? data[at - row]
                : predict(predictor, data[at - components], data[at - row], data[at - row - components])
        data[at] = (predicted + coded.difference(codes)) & mask
      }
    }
    fresh = false
  }
  if (shift > 0) for (const { index } of of) for (let at = index; at < data.length; at += components) data[at] = (data[at] << shift) & mask
  return coded.position
}

/** What the neighbours to the left, above and above the left predict (table H.1). */
function predict(kind: number, left: number, above: number, corner: number): number {
  switch (kind) {
    case 1:
      return left
    case 2:
      return above
    case 3:
      return corner
    case 4:
      return left + above - corner
    case 5:
      return left + ((above - corner) >> 1)
    case 6:
      return above + ((left - corner) >> 1)
    default:
      return (left + above) >> 1
  }
}
