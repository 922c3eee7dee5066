/** @file EXIF data, written in either byte order, and their places in JPEG and PNG files. */
import { chunk, join } from './pictures.ts'

/** An entry of a directory: its tag, its type (3 SHORT, 4 LONG, 5 RATIONAL), its value. */
export type Entry = readonly [tag: number, type: 3 | 4 | 5, value: number | readonly [numerator: number, denominator: number]]

/** A directory of these entries, from the byte order on. */
export function writeExif(entries: readonly Entry[], { little = false } = {}): Uint8Array {
  const bytes = new Uint8Array(14 + 12 * entries.length + 8 * entries.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, little ? 0x4949 : 0x4d4d)
  view.setUint16(2, 42, little)
  view.setUint32(4, 8, little)
  view.setUint16(8, entries.length, little)
  entries.forEach(([tag, type, value], i) => {
    const [at, beyond] = [10 + 12 * i, 14 + 12 * entries.length + 8 * i]
    view.setUint16(at, tag, little)
    view.setUint16(at + 2, type, little)
    view.setUint32(at + 4, 1, little)
    if (type === 3) view.setUint16(at + 8, value as number, little)
    else if (type === 4) view.setUint32(at + 8, value as number, little)
    else {
      const [numerator, denominator] = value as readonly [number, number]
      view.setUint32(at + 8, beyond, little)
      view.setUint32(beyond, numerator, little)
      view.setUint32(beyond + 4, denominator, little)
    }
  })
  return bytes
}

export const orientation = (value: number): Entry => [0x0112, 3, value]

/** Pixels a unit: 2 the inch, 3 the centimetre. */
export function density(x: readonly [number, number], y: readonly [number, number], unit?: number): Entry[] {
  return [[0x011a, 5, x], [0x011b, 5, y], ...(unit === undefined ? [] : [[0x0128, 3, unit] as const])]
}

/** A JPEG file with a segment behind its beginning. */
export function withSegment(jpeg: Uint8Array, marker: number, body: Uint8Array): Uint8Array {
  const header = Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255)
  return join([jpeg.subarray(0, 2), header, body, jpeg.subarray(2)])
}

/** A JPEG file with EXIF data. */
export function exifJpeg(jpeg: Uint8Array, tiff: Uint8Array): Uint8Array {
  return withSegment(jpeg, 0xe1, join([new TextEncoder().encode('Exif\0\0'), tiff]))
}

/** A PNG file with a chunk behind its header. */
export function withChunk(png: Uint8Array, name: string, data: Uint8Array): Uint8Array {
  return join([png.subarray(0, 33), chunk(name, data), png.subarray(33)])
}
