/**
 * @file A JPEG file of four channels as two of three, since the decoder hands out three: the same
 * coded bits with those of one channel left out.
 *
 * Nothing is decoded but the lengths of codes. In an interleaved scan, bits of a block of 8 × 8
 * numbers mean the same whichever channels' blocks lie between them, so those of the others are
 * copied as they are (ITU-T T.81, annexes F and G).
 */
import { type Codes, readTables } from '../../codecs/huffman.ts'
import { DHT, DRI, type Frame, type JpegParts, type Segment, SOS, scanOf } from './segments.ts'

/**
 * The same picture without one of its channels.
 * @throws Error where its bits cannot be followed, or its channels' sizes do not let one of them go
 */
export function withoutChannel(parts: JpegParts, left: number): JpegParts {
  const { frame } = parts
  const kept = frame.components.filter((_, c) => c !== left)
  if (most(kept, 'h') !== most(frame.components, 'h') || most(kept, 'v') !== most(frame.components, 'v'))
    throw new Error('CMYK channels of unusual sizes')
  const tables = new Map<number, Codes>()
  let interval = 0
  const segments: Segment[] = []
  for (const segment of parts.segments) {
    const { marker, body } = segment
    if (marker === DHT) readTables(body, tables)
    if (marker === DRI) interval = (body[0] << 8) | body[1]
    if (marker === SOS) {
      const scan = thinScan(segment, frame, left, tables, interval)
      if (scan) segments.push(scan)
    } else segments.push(isFrameOf(segment, frame) ? { marker, body: thinFrame(body, left) } : segment)
  }
  return { ...parts, frame: { ...frame, components: kept }, segments }
}

const most = (components: Frame['components'], side: 'h' | 'v') => Math.max(...components.map((component) => component[side]))

const isFrameOf = ({ marker }: Segment, { progressive }: Frame) => (progressive ? marker === 0xc2 : marker === 0xc0 || marker === 0xc1)

/** A frame header without one of its components. */
function thinFrame(body: Uint8Array, left: number): Uint8Array {
  const out = Uint8Array.from([...body.subarray(0, 6 + 3 * left), ...body.subarray(9 + 3 * left)])
  out[5]--
  return out
}

/** A scan without one of the frame's components; nothing where it has no other. */
function thinScan(segment: Segment, frame: Frame, left: number, tables: ReadonlyMap<number, Codes>, interval: number): Segment | undefined {
  const scan = scanOf(segment, frame)
  const place = scan?.of.indexOf(left) ?? -1
  if (!scan || place < 0) return segment
  if (scan.of.length === 1) return undefined
  const { body, data } = segment
  const blocks = scan.of.map((c) => frame.components[c].h * frame.components[c].v)
  if (scan.of.length === 2 && blocks[1 - place] > 1) throw new Error('CMYK channels of unusual sizes in scans of two')
  const across = Math.ceil(frame.width / (8 * most(frame.components, 'h')))
  const down = Math.ceil(frame.height / (8 * most(frame.components, 'v')))
  const refines = frame.progressive && body.at(-1)! >> 4 !== 0
  const channels = scan.of.map((_, i) => {
    const selectors = body[2 + 2 * i]
    return { blocks: blocks[i], keep: i !== place, dc: tables.get(selectors >> 4), ac: tables.get(0x10 | (selectors & 15)) }
  })
  const bits = new Bits(data!)
  for (let unit = 0; unit < across * down; unit++) {
    if (interval > 0 && unit > 0 && unit % interval === 0) bits.restart()
    for (const { blocks, keep, dc, ac } of channels)
      for (let block = 0; block < blocks; block++) {
        if (refines) bits.pass(1, keep)
        else {
          bits.pass(bits.symbol(dc, keep) & 15, keep)
          if (!frame.progressive) passCoefficients(bits, ac, keep)
        }
      }
  }
  const header = Uint8Array.from([...body.subarray(0, 1 + 2 * place), ...body.subarray(3 + 2 * place)])
  header[0]--
  return { marker: SOS, body: header, data: bits.end() }
}

/**
 * The 63 numbers of a block behind the first: runs of zeros and the length of what follows, until
 * none does.
 */
function passCoefficients(bits: Bits, codes: Codes | undefined, keep: boolean): void {
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(codes, keep)
    if ((symbol & 15) === 0 && symbol !== 0xf0) return
    k += symbol >> 4
    bits.pass(symbol & 15, keep)
  }
}

/**
 * Coded bits, read and, where they are kept, written again. Behind a byte 0xff stands a zero in
 * both.
 */
class Bits {
  readonly #data: Uint8Array
  #at = 0
  #byte = 0
  /** Bits of the byte that are not read yet. */
  #unread = 0
  readonly #out: Uint8Array
  #length = 0
  #partial = 0
  #written = 0

  constructor(data: Uint8Array) {
    this.#data = data
    // What is kept may need more zeros behind 0xff than it had before.
    this.#out = new Uint8Array(2 * data.length + 2)
  }

  /** Reads a code. */
  symbol(codes: Codes | undefined, keep: boolean): number {
    if (!codes) throw new Error('a Huffman table is missing')
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.#next(keep)
      const index = code - codes.first[length]
      if (index < codes.counts[length]) return codes.symbols[codes.starts[length] + index]
    }
    throw new Error('damaged data: a code that does not exist')
  }

  pass(count: number, keep: boolean): void {
    for (let i = 0; i < count; i++) this.#next(keep)
  }

  /** Ends what is written with ones, and takes over the restart marker that stands here. */
  restart(): void {
    this.#fill()
    this.#unread = 0
    while (this.#data[this.#at] === 0xff && this.#data[this.#at + 1] === 0xff) this.#at++
    const marker = this.#data[this.#at + 1]
    if (this.#data[this.#at] !== 0xff || !(marker >= 0xd0 && marker <= 0xd7)) throw new Error('damaged data: a restart marker is missing')
    this.#out[this.#length++] = 0xff
    this.#out[this.#length++] = marker
    this.#at += 2
  }

  end(): Uint8Array {
    this.#fill()
    return this.#out.subarray(0, this.#length)
  }

  #fill(): void {
    while (this.#written > 0) this.#write(1)
  }

  #next(keep: boolean): number {
    if (this.#unread === 0) {
      this.#byte = this.#data[this.#at++]
      if (this.#byte === undefined || (this.#byte === 0xff && this.#data[this.#at++] !== 0)) throw new Error('missing data')
      this.#unread = 8
    }
    const bit = (this.#byte >> --this.#unread) & 1
    if (keep) this.#write(bit)
    return bit
  }

  #write(bit: number): void {
    this.#partial = (this.#partial << 1) | bit
    if (++this.#written < 8) return
    this.#out[this.#length++] = this.#partial
    if (this.#partial === 0xff) this.#out[this.#length++] = 0
    this.#partial = 0
    this.#written = 0
  }
}
