/**
 * @file A scan of JPEG-LS (ITU-T T.87, annexes A and B): its lines, with runs of alike samples, of
 * one component or of several that are interleaved.
 */
import { LsBits } from './jpeg-ls-bits.ts'
import { Contexts } from './jpeg-ls-contexts.ts'
import type { Parameters } from './jpeg-ls-presets.ts'

/** J: the bits of a run's length, by how long the runs before were (A.2.1). */
const RUN_BITS = Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15)

export interface Scan {
  width: number
  height: number
  /** Components of a pixel of the whole picture, and which of them the scan has. */
  components: number
  indices: number[]
  /** Whether the samples of a pixel follow each other in the stream, in place of lines. */
  samplewise: boolean
  /** Lines between restarts; 0 for none. */
  interval: number
  parameters: Parameters
}

/** A component's line and the one above, each with a sample more at both sides. */
interface Lines {
  above: Int32Array
  own: Int32Array
  /** RUNindex: how long the last runs were. */
  run: number
}

/**
 * Decodes the scan that begins at `at` into `data`, where the samples of a pixel follow each other.
 * @returns where the next segment begins
 * @throws Error for data that are damaged
 */
export function decodeLsScan(bytes: Uint8Array, at: number, scan: Scan, data: Uint8Array | Uint16Array): number {
  const { width, height, components, indices, samplewise, interval } = scan
  const contexts = new Contexts(scan.parameters)
  let decoder = new LineDecoder(scan, contexts, new LsBits(bytes, at))
  let lines = startOf(scan)
  for (let y = 0, restarts = 0; y < height; y++) {
    if (interval > 0 && y > 0 && y % interval === 0) {
      const marker = decoder.bits.end()
      if (bytes[marker] !== 0xff || bytes[marker + 1] !== 0xd0 + (restarts++ & 7))
        throw new Error('damaged data: a restart marker is missing')
      contexts.restart()
      decoder = new LineDecoder(scan, contexts, new LsBits(bytes, marker + 2))
      lines = startOf(scan)
    }
    for (const line of lines) {
      ;[line.above, line.own] = [line.own, line.above]
      // What stands beside a line (A.2.1 and figure A.2).
      line.own[0] = line.above[1]
      line.above[width + 1] = line.above[width]
    }
    if (samplewise) decoder.pixels(lines)
    else for (const line of lines) decoder.line(line)
    for (let i = 0; i < indices.length; i++) {
      const { own } = lines[i]
      for (let x = 1, to = y * width * components + indices[i]; x <= width; x++, to += components) data[to] = own[x]
    }
  }
  return decoder.bits.end()
}

const startOf = ({ width, indices }: Scan): Lines[] =>
  indices.map(() => ({ above: new Int32Array(width + 2), own: new Int32Array(width + 2), run: 0 }))

class LineDecoder {
  readonly bits: LsBits
  readonly #contexts: Contexts
  readonly #width: number
  readonly #near: number

  constructor({ width, parameters }: Scan, contexts: Contexts, bits: LsBits) {
    this.bits = bits
    this.#contexts = contexts
    this.#width = width
    this.#near = parameters.near
  }

  /** A line of one component. */
  line(line: Lines): void {
    const { above, own } = line
    const width = this.#width
    const contexts = this.#contexts
    for (let x = 1; x <= width; x++) {
      const [left, corner, top] = [own[x - 1], above[x - 1], above[x]]
      const context = contexts.of(left, corner, top, above[x + 1])
      if (context !== 0) {
        own[x] = contexts.sample(this.bits, context, predict(left, corner, top))
        continue
      }
      const end = x + this.#runLength(line, width + 1 - x)
      own.fill(left, x, end)
      if (end <= width) {
        const alike = Math.abs(left - above[end]) <= this.#near
        own[end] = contexts.runEnd(this.bits, left, above[end], alike, RUN_BITS[line.run] + 1)
        if (line.run > 0) line.run--
      }
      x = end
    }
  }

  /** A line of several components, whose runs are common (B.3). */
  pixels(lines: readonly Lines[]): void {
    const width = this.#width
    const contexts = this.#contexts
    const [first] = lines
    const found = new Int32Array(lines.length)
    for (let x = 1; x <= width; x++) {
      let flat = true
      for (let i = 0; i < lines.length; i++) {
        const { above, own } = lines[i]
        found[i] = contexts.of(own[x - 1], above[x - 1], above[x], above[x + 1])
        if (found[i] !== 0) flat = false
      }
      if (!flat) {
        for (let i = 0; i < lines.length; i++) {
          const { above, own } = lines[i]
          own[x] = contexts.sample(this.bits, found[i], predict(own[x - 1], above[x - 1], above[x]))
        }
        continue
      }
      const end = x + this.#runLength(first, width + 1 - x)
      for (const { above, own } of lines) {
        const left = own[x - 1]
        own.fill(left, x, end)
        if (end <= width) own[end] = contexts.runEnd(this.bits, left, above[end], false, RUN_BITS[first.run] + 1)
      }
      if (end <= width && first.run > 0) first.run--
      x = end
    }
  }

  /** A.7.1: at most `left` samples, those up to the end of the line. */
  #runLength(line: Lines, left: number): number {
    let length = 0
    while (this.bits.read(1) === 1) {
      const whole = 1 << RUN_BITS[line.run]
      length += whole
      if (length <= left && line.run < 31) line.run++
      if (length >= left) return left
    }
    length += this.bits.read(RUN_BITS[line.run])
    if (length > left) throw new Error('damaged data: a run that is longer than its line')
    return length
  }
}

/** The median of left, above, and their sum less the corner (A.4.1). */
function predict(left: number, corner: number, above: number): number {
  const [least, most] = left < above ? [left, above] : [above, left]
  if (corner >= most) return least
  return corner <= least ? most : left + above - corner
}
