/**
 * @file The bits of a scan of JPEG-LS, and the Golomb codes in them (ITU-T T.87, A.5.3 and C.1).
 */

/** The bits of a scan. Behind a byte 0xff comes one bit of 0 that is none of them (C.1). */
export class LsBits {
  readonly #bytes: Uint8Array
  #at: number
  /** The next bits, the first one on top. */
  #cache = 0
  #count = 0
  #stuffed = false

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** @param count 0 to 16 */
  read(count: number): number {
    if (count === 0) return 0
    if (this.#count < count) {
      this.#fill()
      if (this.#count < count) throw new Error('missing data')
    }
    const value = this.#cache >>> (32 - count)
    this.#cache <<= count
    this.#count -= count
    return value
  }

  /**
   * A Golomb code of limited length (A.5.3): zeros, a one and `k` bits; after `limit - bits - 1`
   * zeros and a one, the value itself less one, of `bits`.
   */
  golomb(k: number, limit: number, bits: number): number {
    const most = limit - bits - 1
    const zeros = this.#zeros(most)
    return zeros < most ? (zeros << k) | this.read(k) : this.read(bits) + 1
  }

  /**
   * Where the next segment begins. Up to there only zeros may follow the last code.
   * @throws Error where there is more
   */
  end(): number {
    while (true) {
      if (this.#cache !== 0) throw new Error('damaged data: more than the picture takes')
      this.#count = 0
      this.#fill()
      if (this.#count === 0) return this.#at
    }
  }

  /** How many zeros stand before the next one, which is taken, too. */
  #zeros(most: number): number {
    let zeros = 0
    while (true) {
      const here = Math.clz32(this.#cache)
      if (here < this.#count) {
        zeros += here
        if (zeros > most) break
        // Shifts of 32 are none.
        this.#cache = (this.#cache << here) << 1
        this.#count -= here + 1
        return zeros
      }
      zeros += this.#count
      if (zeros > most) break
      this.#cache = 0
      this.#count = 0
      this.#fill()
      if (this.#count === 0) throw new Error('missing data')
    }
    throw new Error('damaged data: a code that is too long')
  }

  /** Takes bytes up to the next marker: 0xff and a byte whose first bit is 1. */
  #fill(): void {
    const bytes = this.#bytes
    while (this.#count <= 24 && this.#at < bytes.length) {
      const byte = bytes[this.#at]
      if (byte === 0xff && (this.#at + 1 === bytes.length || bytes[this.#at + 1] >= 0x80)) return
      const width = this.#stuffed ? 7 : 8
      this.#cache |= byte << (32 - width - this.#count)
      this.#count += width
      this.#stuffed = byte === 0xff
      this.#at++
    }
  }
}
