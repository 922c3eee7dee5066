/** @file Arrays that were fetched, up to a number of bytes: what was used longest ago goes first. */

export class ByteCache {
  readonly #limit: number
  readonly #kept = new Map<string, Float32Array>()
  #bytes = 0

  /** @param limit bytes of all arrays together; the last one is kept even if it is larger */
  constructor(limit: number) {
    this.#limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Float32Array | undefined {
    const values = this.#kept.get(key)
    if (values) {
      this.#kept.delete(key)
      this.#kept.set(key, values)
    }
    return values
  }

  set(key: string, values: Float32Array): void {
    this.#drop(key)
    this.#kept.set(key, values)
    this.#bytes += values.byteLength
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) break
      this.#drop(oldest)
    }
  }

  clear(): void {
    this.#kept.clear()
    this.#bytes = 0
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.byteLength ?? 0
    this.#kept.delete(key)
  }
}
