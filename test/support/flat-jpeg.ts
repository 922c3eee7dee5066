/**
 * @file JPEG files of flat blocks, written here and nowhere decoded: every block of 8 × 8 pixels
 * has one value, so what a decoder must find is known. With any number of channels and sampling
 * factors, restart markers, one interleaved scan or progressive ones.
 */
import { join } from './pictures.ts'

export interface FlatJpeg {
  width: number
  height: number
  /** Sampling factors of each channel. */
  sampling: readonly (readonly [h: number, v: number])[]
  /** The value of a channel's block, 0 to 255. */
  value(channel: number, x: number, y: number): number
  /** Adobe's colour transform: with an APP14 segment. */
  adobe?: number
  /** Units between restart markers. */
  restart?: number
  progressive?: boolean
}

const segment = (marker: number, ...body: number[]) => Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body)

/**
 * Twelve categories of four bits each, 0 to 11; and for the other 63 numbers nothing but "no more",
 * one bit.
 */
const DC_TABLE = [0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...Array(12).keys()]
const AC_TABLE = [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** Bits to bytes, with a zero behind each 0xff, filled up with ones. */
function pack(bits: string): number[] {
  const bytes: number[] = []
  for (let at = 0; at < bits.length; at += 8) {
    const byte = Number.parseInt(bits.slice(at, at + 8).padEnd(8, '1'), 2)
    bytes.push(byte, ...(byte === 0xff ? [0] : []))
  }
  return bytes
}

function difference(value: number): string {
  const size = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1
  const bits = value > 0 ? value : value + 2 ** size - 1
  return size.toString(2).padStart(4, '0') + (size === 0 ? '' : bits.toString(2).padStart(size, '0'))
}

export function writeFlatJpeg({ width, height, sampling, value, adobe, restart = 0, progressive = false }: FlatJpeg): Uint8Array {
  const [most, tallest] = [Math.max(...sampling.map(([h]) => h)), Math.max(...sampling.map(([, v]) => v))]
  const [across, down] = [Math.ceil(width / 8 / most), Math.ceil(height / 8 / tallest)]
  const channels = [...sampling.keys()]
  /** Each number is 8 (v − 128) / 8 by the quantisation. */
  const level = (c: number, x: number, y: number) => value(c, x, y) - 128
  /**
   * An interleaved scan; `bits` of a block are told its difference to the one before, and its
   * level.
   */
  const scan = (first: number, last: number, step: number, bits: (difference: number, level: number) => string) => {
    const data: number[] = []
    let text = ''
    let before = channels.map(() => 0)
    for (let unit = 0; unit < across * down; unit++) {
      if (restart > 0 && unit > 0 && unit % restart === 0) {
        data.push(...pack(text), 0xff, 0xd0 + ((unit / restart - 1) & 7))
        text = ''
        before = channels.map(() => 0)
      }
      for (const c of channels) {
        const [h, v] = sampling[c]
        for (let i = 0; i < h * v; i++) {
          const at = level(c, (unit % across) * h + (i % h), Math.floor(unit / across) * v + Math.floor(i / h))
          const low = progressive && first === 0 ? at >> 1 : at
          text += bits(low - before[c], at)
          before[c] = low
        }
      }
    }
    data.push(...pack(text))
    const header = segment(0xda, channels.length, ...channels.flatMap((c) => [c + 1, 0]), first, last, step)
    return join([header, Uint8Array.from(data)])
  }
  /** "No more" for each block of a channel by itself. */
  const rest = (c: number) => {
    const [h, v] = sampling[c]
    const blocks = Math.ceil(Math.ceil((width * h) / most) / 8) * Math.ceil(Math.ceil((height * v) / tallest) / 8)
    const parts: number[] = []
    for (let at = 0; at < blocks; at += restart || blocks) {
      if (at > 0) parts.push(0xff, 0xd0 + ((at / restart - 1) & 7))
      parts.push(...pack('0'.repeat(Math.min(restart || blocks, blocks - at))))
    }
    return join([segment(0xda, 1, c + 1, 0, 1, 63, 0), Uint8Array.from(parts)])
  }
  const scans = progressive
    ? [scan(0, 0, 1, (d) => difference(d)), scan(0, 0, 0x10, (_, at) => `${at & 1}`), ...channels.map(rest)]
    : [scan(0, 63, 0, (d) => `${difference(d)}0`)]
  return join([
    Uint8Array.of(0xff, 0xd8),
    ...(adobe === undefined ? [] : [segment(0xee, ...new TextEncoder().encode('Adobe'), 0, 100, 0, 0, 0, 0, adobe)]),
    segment(0xdb, 0, ...Array(64).fill(8)),
    segment(
      progressive ? 0xc2 : 0xc0,
      ...[8, height >> 8, height & 255, width >> 8, width & 255, channels.length],
      ...channels.flatMap((c) => [c + 1, (sampling[c][0] << 4) | sampling[c][1], 0]),
    ),
    segment(0xc4, ...DC_TABLE),
    segment(0xc4, ...AC_TABLE),
    ...(restart > 0 ? [segment(0xdd, restart >> 8, restart & 255)] : []),
    ...scans,
    Uint8Array.of(0xff, 0xd9),
  ])
}
