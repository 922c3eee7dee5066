/**
 * @file From stored bytes to numbers: every depth and kind of samples, in either byte order.
 *
 * Samples of up to 8 bits become 8, of up to 16 become 16, each exactly; signed bytes become 16-bit
 * integers; whatever is longer becomes 32-bit floats, which hold 24 bits of a number.
 */
import type { Samples } from '../../raster.ts'
import type { SampleKind } from './page.ts'

/** What stored samples are. */
export interface Sample {
  bits: number
  kind: SampleKind
  little: boolean
}

/** A type of numbers. */
export interface Make {
  new (length: number): Samples
  readonly BYTES_PER_ELEMENT: number
}

/** The type of numbers that hold such samples; nothing for those that are not read. */
export function arrayOf({ bits, kind }: Pick<Sample, 'bits' | 'kind'>): Make | undefined {
  if (kind === 'uint')
    return bits <= 8 ? Uint8Array : bits <= 16 ? Uint16Array : bits === 24 || bits === 32 || bits === 64 ? Float32Array : undefined
  if (kind === 'int') return bits === 8 || bits === 16 ? Int16Array : bits === 32 || bits === 64 ? Float32Array : undefined
  if (kind === 'float') return [16, 24, 32, 64].includes(bits) ? Float32Array : undefined
  return undefined
}

/** What becomes of the numbers beside their type. */
export interface Unpacked {
  data: Samples
  /** Whether some number is not what the file has, since 32-bit floats hold 24 bits of it. */
  rounded: boolean
}

/**
 * Numbers of so many rows.
 * @param perRow numbers a row; each row begins at a byte of its own
 */
export function unpack(bytes: Uint8Array, rows: number, perRow: number, sample: Sample): Unpacked {
  const { bits, kind, little } = sample
  const count = rows * perRow
  const make = arrayOf(sample)
  if (!make) throw new Error(`samples of ${bits} bits (${kind})`)
  if (kind === 'uint' && bits === 8) return { data: bytes.subarray(0, count), rounded: false }
  if (bits === 16 && kind !== 'float') return { data: words(bytes, count, little, kind), rounded: false }
  if (kind === 'uint' && bits < 16) return { data: unpackBits(bytes, rows, perRow, bits, new make(count)), rounded: false }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (kind === 'float' && bits === 32) return { data: floats(bytes, count, little), rounded: false }
  const data = new make(count)
  const read = readerOf(view, sample)
  let rounded = false
  for (let i = 0; i < count; i++) {
    const value = read(i)
    data[i] = value
    if (data[i] !== value && !Number.isNaN(value)) rounded = true
  }
  return { data, rounded }
}

/** Whether this machine has the lowest byte first; all that run JavaScript today do. */
const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function words(bytes: Uint8Array, count: number, little: boolean, kind: SampleKind): Samples {
  const own = new Uint8Array(2 * count)
  own.set(bytes.subarray(0, 2 * count))
  const data = new Uint16Array(own.buffer)
  if (little !== LITTLE) for (let i = 0; i < count; i++) data[i] = (data[i] << 8) | (data[i] >> 8)
  return kind === 'int' ? new Int16Array(own.buffer) : data
}

function floats(bytes: Uint8Array, count: number, little: boolean): Float32Array {
  const own = new Uint8Array(4 * count)
  own.set(bytes.subarray(0, 4 * count))
  if (little !== LITTLE) {
    const view = new DataView(own.buffer)
    for (let i = 0; i < 4 * count; i += 4) view.setUint32(i, view.getUint32(i, false), true)
  }
  return new Float32Array(own.buffer)
}

/** Depths below 16 that are no bytes: the first sample in the highest bits. */
function unpackBits(bytes: Uint8Array, rows: number, perRow: number, bits: number, data: Samples): Samples {
  const rowBytes = Math.ceil((perRow * bits) / 8)
  const most = (1 << bits) - 1
  for (let row = 0, to = 0; row < rows; row++) {
    let at = row * rowBytes
    for (let i = 0, held = 0, has = 0; i < perRow; i++) {
      while (has < bits) {
        held = ((held << 8) | bytes[at++]) & 0xffffff
        has += 8
      }
      has -= bits
      data[to++] = (held >> has) & most
    }
  }
  return data
}

function readerOf(view: DataView, { bits, kind, little }: Sample): (i: number) => number {
  const readers: Record<string, (i: number) => number> = {
    int8: (i) => view.getInt8(i),
    uint24: (i) => whole24(view, i, little),
    uint32: (i) => view.getUint32(4 * i, little),
    int32: (i) => view.getInt32(4 * i, little),
    uint64: (i) => Number(view.getBigUint64(8 * i, little)),
    int64: (i) => Number(view.getBigInt64(8 * i, little)),
    float16: (i) => half(view.getUint16(2 * i, little)),
    float24: (i) => float24(whole24(view, i, little)),
    float64: (i) => view.getFloat64(8 * i, little),
  }
  return readers[`${kind}${bits}`]
}

function whole24(view: DataView, i: number, little: boolean): number {
  const [a, b, c] = [view.getUint8(3 * i), view.getUint8(3 * i + 1), view.getUint8(3 * i + 2)]
  return little ? a | (b << 8) | (c << 16) : (a << 16) | (b << 8) | c
}

/** A float of `exponentBits` and `fractionBits` behind its sign, as in IEEE 754. */
function smallFloat(value: number, exponentBits: number, fractionBits: number): number {
  const bias = 2 ** (exponentBits - 1) - 1
  const sign = value >> (exponentBits + fractionBits) ? -1 : 1
  const exponent = (value >> fractionBits) & (2 ** exponentBits - 1)
  const fraction = (value & (2 ** fractionBits - 1)) / 2 ** fractionBits
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias)
}

const half = (value: number) => smallFloat(value, 5, 10)

/** 24 bits, of which 7 are the exponent (TIFF Technical Note 3). */
const float24 = (value: number) => smallFloat(value, 7, 16)
