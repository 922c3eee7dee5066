/** @file TIFF and BigTIFF files by hand, as tests need them: sound ones, and ones that lie. */
import type { ByteSource } from '../../src/source.ts'

/** Bytes of a value of each type that is written. */
const SIZES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 16: 8 }

/** A tag, its type (1 byte, 2 text, 3 short, 4 long, 16 long of 8 bytes), its values. */
export type Entry = readonly [tag: number, type: number, values: readonly number[] | string]

export interface TiffFile {
  little?: boolean
  big?: boolean
  /** The tags of each directory; they follow each other, and the last one is followed by none. */
  directories: readonly (readonly Entry[])[]
  /** Where the last directory says that the next one is: its number, or a place behind the file. */
  loop?: number
}

/** A file's directories, with their values behind them. Pixels follow where the entries say so. */
export function writeTiff({ little = true, big = false, directories, loop }: TiffFile): Uint8Array {
  const [counter, size, inline, header] = big ? [8, 20, 8, 16] : [2, 12, 4, 8]
  const lengthOf = ([, type, values]: Entry) => values.length * SIZES[type]
  const starts: number[] = []
  let length = header
  for (const entries of directories) {
    starts.push(length)
    length += counter + entries.length * size + inline
    for (const entry of entries) if (lengthOf(entry) > inline) length += lengthOf(entry)
  }
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  const put = (at: number, type: number, value: number) => {
    if (SIZES[type] === 1) view.setUint8(at, value)
    else if (type === 3) view.setUint16(at, value, little)
    else if (type === 4) view.setUint32(at, value, little)
    else view.setBigUint64(at, BigInt(value), little)
  }
  const pointer = big ? 16 : 4
  bytes.fill(little ? 0x49 : 0x4d, 0, 2)
  put(2, 3, big ? 43 : 42)
  if (big) put(4, 3, 8)
  put(header - inline, pointer, starts[0])
  for (const [d, entries] of directories.entries()) {
    let at = starts[d]
    let behind = at + counter + entries.length * size + inline
    put(at, big ? 16 : 3, entries.length)
    at += counter
    for (const entry of entries) {
      const [tag, type, values] = entry
      put(at, 3, tag)
      put(at + 2, 3, type)
      put(at + 4, pointer, values.length)
      let to = at + size - inline
      if (lengthOf(entry) > inline) {
        put(to, pointer, behind)
        to = behind
        behind += lengthOf(entry)
      }
      for (const [i, value] of [...values].entries())
        put(to + i * SIZES[type], type, typeof value === 'string' ? value.charCodeAt(0) : value)
      at += size
    }
    put(at, pointer, starts[d + 1] ?? (loop === undefined ? 0 : (starts[loop] ?? loop)))
  }
  return bytes
}

/** What a page of grey bytes says of itself, but for where its pixels are. */
export function greyPage(width: number, height: number, more: readonly Entry[] = []): Entry[] {
  const own: Entry[] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, [8]],
    [259, 3, [1]],
    [262, 3, [1]],
    [277, 3, [1]],
  ]
  const tags = new Set(more.map(([tag]) => tag))
  return [...own.filter(([tag]) => !tags.has(tag)), ...more].sort((a, b) => a[0] - b[0])
}

/** A source of any size: a file's first bytes, then what a function says of each place. Counts what is read. */
export function endlessSource(head: Uint8Array, size: number, byteAt: (at: number) => number): ByteSource & { bytes: number } {
  const source = {
    name: 'a.tif',
    size,
    bytes: 0,
    async read(offset: number, length: number) {
      source.bytes += length
      return Uint8Array.from({ length }, (_, i) => head[offset + i] ?? byteAt(offset + i))
    },
  }
  return source
}
