/**
 * @file The samples of a raster in rising order, without sorting them: numbers of 8 and 16 bits are
 * counted; floats are counted by the upper half of their bits, and where a rank falls by the lower.
 */
import type { Raster } from './raster.ts'

export interface Ranking {
  /** How many samples there are; those that are not finite do not count. */
  count: number
  /** The sample with so many before it. */
  at(rank: number): number
}

/** Ranks the first `colours` channels of every pixel. */
export function rank({ data, channels }: Pick<Raster, 'data' | 'channels'>, colours: number): Ranking {
  if (data instanceof Float32Array) return rankFloats(data, channels, colours)
  const least = data instanceof Int16Array ? -32768 : 0
  const counts = new Uint32Array(data instanceof Uint8Array ? 256 : 65536)
  for (let at = 0; at < data.length; at += channels) for (let c = 0; c < colours; c++) counts[data[at + c] - least]++
  return { count: (data.length / channels) * colours, at: (wanted) => placeOf(counts, wanted).index + least }
}

/** The entry in which a rank falls, and how many lie before the entry. */
function placeOf(counts: Uint32Array, rank: number): { index: number; before: number } {
  let before = 0
  let index = 0
  while (before + counts[index] <= rank) before += counts[index++]
  return { index, before }
}

const INFINITE = 0x7f800000
const SIGN = 0x80000000

/** A whole number that rises with the float of these bits, and back. */
const keyOf = (bits: number) => (bits & SIGN ? ~bits : bits | SIGN) >>> 0
const bitsOf = (key: number) => (key & SIGN ? key & ~SIGN : ~key) >>> 0

function rankFloats(data: Float32Array, channels: number, colours: number): Ranking {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  /** Calls with the key of every finite sample. */
  const each = (call: (key: number) => void) => {
    for (let at = 0; at < bits.length; at += channels)
      for (let c = 0; c < colours; c++) if ((bits[at + c] & INFINITE) !== INFINITE) call(keyOf(bits[at + c]))
  }
  const upper = new Uint32Array(65536)
  let count = 0
  each((key) => {
    upper[key >>> 16]++
    count++
  })
  const at = (wanted: number) => {
    const { index, before } = placeOf(upper, wanted)
    const lower = new Uint32Array(65536)
    each((key) => {
      if (key >>> 16 === index) lower[key & 0xffff]++
    })
    const key = ((index << 16) | placeOf(lower, wanted - before).index) >>> 0
    return new Float32Array(Uint32Array.of(bitsOf(key)).buffer)[0]
  }
  return { count, at }
}
