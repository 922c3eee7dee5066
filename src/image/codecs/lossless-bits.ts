/**
 * @file The bits of a scan of lossless JPEG (ITU-T T.81, annex F.2.2).
 */
import type { Codes } from './huffman.ts'

/** The bits of a scan, without the zeros that stand behind a byte 0xff. */
export class Bits {
  readonly #bytes: Uint8Array
  #at = 0
  #buffer = 0
  #count = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Where the next segment begins. */
  get position(): number {
    let at = this.#at
    // Padding may follow the last code.
    while (at + 1 < this.#bytes.length && !(this.#bytes[at] === 0xff && this.#bytes[at + 1] !== 0)) at++
    return at
  }

  difference(codes: Codes): number {
    const size = this.#symbol(codes)
    if (size === 0) return 0
    if (size === 16) return 32768
    if (size > 16) throw new Error('damaged data: a difference that is too large')
    const value = this.#read(size)
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value
  }

  restart(): void {
    const at = this.position
    const marker = this.#bytes[at + 1]
    if (!(marker >= 0xd0 && marker <= 0xd7)) throw new Error('damaged data: a restart marker is missing')
    this.#at = at + 2
    this.#count = 0
  }

  #symbol(codes: Codes): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.#read(1)
      const index = code - codes.first[length]
      if (index >= 0 && index < codes.counts[length]) {
        const symbol = codes.symbols[codes.starts[length] + index]
        if (symbol === undefined) break
        return symbol
      }
    }
    throw new Error('damaged data: a code that does not exist')
  }

  #read(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined || (byte === 0xff && this.#bytes[this.#at + 1] !== 0)) throw new Error('missing data')
      this.#at += byte === 0xff ? 2 : 1
      this.#buffer = ((this.#buffer << 8) | byte) & 0xffffff
      this.#count += 8
    }
    this.#count -= count
    return (this.#buffer >> this.#count) & ((1 << count) - 1)
  }
}
