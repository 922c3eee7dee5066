/**
 * @file Look-up tables of data sets: modality, display (PS3.3, C.11.1 and C.11.2), palettes
 * (C.7.9).
 */
import type { DataSet } from './data-set.ts'
import { TAGS } from './tags.ts'

export interface Lut {
  /** The value that the first entry stands for. */
  first: number
  entries: ArrayLike<number>
  /** Bits of an entry. */
  bits: number
}

/** The largest table that there is. */
const MAX_ENTRIES = 65536

/** The entry of a value; values beyond the ends get those. */
export const lookUp = ({ first, entries }: Lut, value: number): number =>
  entries[Math.min(entries.length - 1, Math.max(0, Math.trunc(value) - first))]

/**
 * The table in the first item of a sequence (ModalityLUTSequence, VOILUTSequence).
 * @param signed whether the values that are looked up have a sign
 * @throws Error for a table that is broken
 */
export function tableOf(data: DataSet, sequence: number, signed: boolean): Lut | undefined {
  const [item] = data.items(sequence, 1)
  if (!item) return undefined
  const { count, first, bits } = descriptorOf(item, TAGS.lutDescriptor, signed)
  const entries = item.numbers(TAGS.lutData)?.slice(0, count)
  // Some writers have bytes in place of words.
  const bytes = item.value(TAGS.lutData)
  if (bits <= 8 && bytes && bytes.length < 2 * count && bytes.length >= count) return { first, entries: bytes.subarray(0, count), bits }
  if (!entries || entries.length < count) throw new Error('a table (LUTData) with fewer entries than it says')
  return { first, entries, bits }
}

function descriptorOf(data: DataSet, tag: number, signed: boolean): { count: number; first: number; bits: number } {
  const descriptor = data.numbers(tag)
  if (!descriptor || descriptor.length < 3) throw new Error('a table without its descriptor')
  const [count, first, bits] = descriptor.map((value) => value & 0xffff)
  if (bits < 1 || bits > 16) throw new Error(`a table with entries of ${bits} bits`)
  return { count: count || MAX_ENTRIES, first: signed && first > 32767 ? first - 65536 : first, bits }
}

/**
 * Red, green and blue of a palette.
 * @throws Error for a palette that is missing or broken
 */
export function paletteOf(data: DataSet, signed: boolean): Lut[] {
  return [0, 1, 2].map((channel) => {
    const { count, first, bits } = descriptorOf(data, TAGS.redDescriptor + channel, signed)
    const plain = data.value(TAGS.red + channel)
    const segments = data.value(TAGS.redSegments + channel)
    if (!plain && !segments) throw new Error('a palette that is missing')
    const little = data.encoding.little
    if (!plain) return { first, bits, entries: expanded(numbersOf(segments!, bits <= 8 ? 1 : 2, little), bits <= 8, count, little) }
    // Entries of 8 bits may take words.
    const width = plain.length >= 2 * count ? 2 : 1
    const entries = numbersOf(plain, width, little).subarray(0, count)
    if (entries.length < count || (width === 1 && bits > 8)) throw new Error('a palette with fewer colours than it says')
    return { first, bits: width === 2 && bits <= 8 && entries.some((entry) => entry > 255) ? 16 : bits, entries }
  })
}

function numbersOf(bytes: Uint8Array, width: 1 | 2, little: boolean): Uint8Array | Uint16Array {
  if (width === 1) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint16Array.from({ length: Math.floor(bytes.length / 2) }, (_, i) => view.getUint16(2 * i, little))
}

/** Segments (C.7.9.2): entries as they are, lines, and repetitions of segments before. */
function expanded(data: Uint8Array | Uint16Array, bytes: boolean, count: number, little: boolean): Uint16Array {
  const out = new Uint16Array(count)
  let to = 0
  const put = (value: number) => {
    if (to < count) out[to++] = value
  }
  const run = (from: number, segments: number, nested: boolean) => {
    let at = from
    for (let done = 0; done < segments && at + 1 < data.length && to < count; done++) {
      const [kind, length] = [data[at], data[at + 1]]
      at += 2
      if (kind === 0) {
        if (at + length > data.length) throw new Error('a palette with a segment that is cut off')
        for (let i = 0; i < length; i++) put(data[at + i])
        at += length
      } else if (kind === 1) {
        if (to === 0 || at >= data.length) throw new Error('a palette that begins with a line')
        const [from, end] = [out[to - 1], data[at++]]
        for (let i = 1; i <= length; i++) put(halfEven(from + ((end - from) * i) / length))
      } else if (kind === 2 && !nested) {
        const offset = bytes ? offsetOf(data, at, little) : data[at] + data[at + 1] * 65536
        at += bytes ? 4 : 2
        run(bytes ? offset : offset / 2, length, true)
      } else throw new Error('a palette with a segment of an unknown kind')
    }
  }
  run(0, Number.POSITIVE_INFINITY, false)
  if (to < count) throw new Error('a palette with fewer colours than it says')
  return out
}

/** An offset in bytes, whose words follow each other low word first. */
function offsetOf(data: Uint8Array | Uint16Array, at: number, little: boolean): number {
  const word = (place: number) => (little ? data[place] + 256 * data[place + 1] : 256 * data[place] + data[place + 1])
  return word(at) + 65536 * word(at + 2)
}

/** Rounded, halves to the even number. */
function halfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
