/**
 * @file CCITT's compressions of black and white (TIFF 6.0, sections 10 and 11; ITU-T T.4 and T.6):
 * a line is runs of white and black, by themselves or by where they change in the line above.
 */
import { type Codes, HORIZONTAL, LOOK, MODES, PASS, RUNS, VERTICAL } from './fax-codes.ts'

/** How lines are coded. */
export interface Fax {
  /** Modified Huffman (2), group 3 (3) or group 4 (4). */
  compression: number
  /** Whether lines of group 3 may be coded by the line above (T4Options). */
  twoDimensional: boolean
  width: number
  height: number
}

/** The end of a line: eleven zeros at least, then a one. */
const END_OF_LINE = 12

/**
 * Rows of a bit a pixel, 1 for black, each from a byte of its own. What is missing behind the data
 * is left out.
 * @throws Error for codes that do not exist, and for lines that are too long
 */
export function decodeFax(data: Uint8Array, { compression, twoDimensional, width, height }: Fax): Uint8Array {
  const bits = new Bits(data)
  const rowBytes = Math.ceil(width / 8)
  const out = new Uint8Array(rowBytes * height)
  /** Where colours change, in the line above and in this one. */
  let above: number[] = [width]
  let row = 0
  for (; row < height && !bits.ended; row++) {
    let flat = compression !== 4
    if (compression === 3) {
      const marks = skipEnds(bits, twoDimensional)
      // Many ends of lines end the page.
      if (marks.count > 1 && row > 0) break
      if (twoDimensional && marks.count > 0) flat = marks.flat
      if (bits.ended) break
    } else if (compression === 4 && bits.peek(END_OF_LINE) === 1) break
    else if (compression === 2) bits.align()
    const changes = flat ? flatLine(bits, width) : lineBelow(bits, above, width)
    fill(out, row * rowBytes, changes, width)
    above = changes
  }
  return out.subarray(0, row * rowBytes)
}

/** Ends of lines and what fills up before; the bit behind one says how the next line is coded. */
function skipEnds(bits: Bits, tagged: boolean): { count: number; flat: boolean } {
  let [count, flat] = [0, true]
  for (;;) {
    const next = bits.peek(END_OF_LINE)
    if (bits.ended || next > 1) return { count, flat }
    if (next === 0) bits.skip(1)
    else {
      bits.skip(END_OF_LINE)
      count++
      if (tagged) {
        flat = bits.peek(1) === 1
        bits.skip(1)
      }
    }
  }
}

/** A line by itself: runs, the first of white. */
function flatLine(bits: Bits, width: number): number[] {
  const changes: number[] = []
  for (let at = 0, colour = 0; at < width; colour ^= 1) {
    at += runOf(bits, colour)
    if (at > width) throw new Error('damaged data: a line that is too long')
    changes.push(at)
  }
  return changes
}

/** A line by the one above (T.6, section 2.2). */
function lineBelow(bits: Bits, above: readonly number[], width: number): number[] {
  const changes: number[] = []
  let [at, colour, next] = [-1, 0, 0]
  while (at < width) {
    // The first change above, behind this place, to the other colour.
    if (next > 0) next--
    if ((next & 1) !== colour) next++
    while (next < above.length && above[next] <= at && above[next] < width) next += 2
    const first = above[next] ?? width
    const mode = bits.code(MODES)
    if (mode === PASS) at = above[next + 1] ?? width
    else if (mode === HORIZONTAL) {
      const start = Math.max(at, 0)
      const middle = start + runOf(bits, colour)
      at = middle + runOf(bits, colour ^ 1)
      if (at > width) throw new Error('damaged data: a line that is too long')
      changes.push(middle, at)
    } else {
      const change = first + mode - VERTICAL
      if (change < Math.max(at, 0) || change > width) throw new Error('damaged data: a change out of place')
      changes.push(change)
      at = change
      colour ^= 1
    }
  }
  return changes
}

/** A run: long parts, then one below 64. */
function runOf(bits: Bits, colour: number): number {
  let run = 0
  for (;;) {
    const part = bits.code(RUNS[colour])
    run += part
    if (part < 64) return run
    if (run > 2 ** 31) throw new Error('damaged data: a run without end')
  }
}

/** Sets the bits from each change to black to the next one to white. */
function fill(out: Uint8Array, start: number, changes: readonly number[], width: number): void {
  for (let i = 0; i < changes.length; i += 2) {
    const end = Math.min(changes[i + 1] ?? width, width)
    for (let x = changes[i]; x < end; ) {
      if ((x & 7) === 0 && x + 8 <= end) {
        out[start + (x >> 3)] = 255
        x += 8
      } else {
        out[start + (x >> 3)] |= 128 >> (x & 7)
        x++
      }
    }
  }
}

/** Bits, the highest of a byte first; behind the data are zeros. */
class Bits {
  readonly #data: Uint8Array
  /** In bits. */
  #at = 0

  constructor(data: Uint8Array) {
    this.#data = data
  }

  get ended(): boolean {
    return this.#at >= 8 * this.#data.length
  }

  peek(count: number): number {
    const byte = this.#at >> 3
    const held = ((this.#data[byte] ?? 0) << 16) | ((this.#data[byte + 1] ?? 0) << 8) | (this.#data[byte + 2] ?? 0)
    return (held >> (24 - (this.#at & 7) - count)) & ((1 << count) - 1)
  }

  skip(count: number): void {
    this.#at += count
  }

  align(): void {
    this.#at = (this.#at + 7) & ~7
  }

  code(codes: Codes): number {
    const entry = codes[this.peek(LOOK)]
    if (entry === 0 || this.ended) throw new Error(this.ended ? 'missing data' : 'damaged data: a code that does not exist')
    this.#at += entry & 15
    return entry >> 4
  }
}
