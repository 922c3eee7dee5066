/**
 * @file Masks of the square as bits: sets, counts and dilations work on 32 pixels at once.
 *
 * Pixel x of row y is bit x mod 32 of word 4 · y + ⌊x / 32⌋.
 */
import { PIXELS, SIDE } from './square.ts'

const WORDS = PIXELS / 32
const ROW = SIDE / 32

/** A mask of the square, a bit a pixel. */
export type Bits = Uint32Array

/** @param mask 0 outside, else inside */
export function packBits(mask: Uint8Array): Bits {
  const bits = new Uint32Array(WORDS)
  // Four pixels at once; every platform that there is has the first one in the lowest byte.
  const { buffer, byteOffset } = mask.byteOffset % 4 === 0 ? mask : mask.slice()
  const fours = new Uint32Array(buffer, byteOffset, PIXELS / 4)
  for (let word = 0, i = 0; word < WORDS; word++) {
    let value = 0
    for (let bit = 0; bit < 32; bit += 4, i++) {
      const four = fours[i]
      if (four === 0) continue
      // The top bit of every byte that is not 0, and these gathered.
      const tops = (((four & 0x7f7f7f7f) + 0x7f7f7f7f) | four) & 0x80808080
      value |= (((tops >>> 7) | (tops >>> 14) | (tops >>> 21) | (tops >>> 28)) & 15) << bit
    }
    bits[word] = value
  }
  return bits
}

/** How many of 32 bits are set (Hacker's Delight, §5.1). */
function ones(word: number): number {
  word -= (word >>> 1) & 0x55555555
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export function countBits(bits: Bits): number {
  let count = 0
  for (let i = 0; i < WORDS; i++) count += ones(bits[i])
  return count
}

/** Pixels that are in both. */
export function countCommon(a: Bits, b: Bits): number {
  let count = 0
  for (let i = 0; i < WORDS; i++) count += ones(a[i] & b[i])
  return count
}

/** Calls `each` for every pixel inside, in reading order. */
export function eachPixel(bits: Bits, each: (pixel: number) => void): void {
  for (let i = 0; i < WORDS; i++) for (let word = bits[i]; word !== 0; word &= word - 1) each(32 * i + 31 - Math.clz32(word & -word))
}

/**
 * Half widths of the rows of a disc of radius 8, from the middle: those of OpenCV's ellipse of 17 ×
 * 17.
 */
const DISC = [8, 8, 8, 7, 7, 6, 5, 4, 0]

/** A mask widened by 0 … 8 pixels to either side. */
const wide: readonly Bits[] = Array.from({ length: DISC[0] + 1 }, () => new Uint32Array(WORDS))

/** The ring around a mask: pixels of `field` within 8 pixels of the mask, but not of the mask. */
export function ringAround(bits: Bits, field: Bits): Bits {
  wide[0].set(bits)
  for (let width = 1; width < wide.length; width++) widen(wide[width - 1], wide[width])
  const near = new Uint32Array(WORDS)
  for (let step = 0; step < DISC.length; step++) {
    const rows = wide[DISC[step]]
    const shift = step * ROW
    for (let i = shift; i < WORDS; i++) {
      near[i] |= rows[i - shift]
      near[i - shift] |= rows[i]
    }
  }
  for (let i = 0; i < WORDS; i++) near[i] &= field[i] & ~bits[i]
  return near
}

/** Adds the neighbours to the left and to the right of every pixel. */
function widen(bits: Bits, out: Bits): void {
  for (let i = 0; i < WORDS; i++) {
    const before = i % ROW === 0 ? 0 : bits[i - 1] >>> 31
    const after = i % ROW === ROW - 1 ? 0 : bits[i + 1] << 31
    out[i] = bits[i] | (bits[i] << 1) | before | (bits[i] >>> 1) | after
  }
}
