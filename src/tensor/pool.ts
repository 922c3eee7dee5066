/**
 * @file A pool of device memory: freed blocks wait here for the next request of about their size, since creating a block costs far more than reusing it.
 *
 * A request takes the smallest waiting block that holds it and is at most a quarter (plus 64 KiB) too large. Waiting bytes are capped: beyond the
 * cap the blocks that have waited longest are given up.
 */

/** More than all tensors of a 512×512 Stable Diffusion pass that exist at a time (387 MiB); small enough to leave other programs their share. */
const MAX_WAITING = 512 * 2 ** 20

interface Block<Handle> {
  handle: Handle
  bytes: number
}

export class Pool<Handle> {
  /** In the order in which they were returned. */
  #waiting: Block<Handle>[] = []
  #bytes = 0
  readonly #destroy: (handle: Handle, bytes: number) => void
  readonly #cap: number

  constructor(destroy: (handle: Handle, bytes: number) => void, cap = MAX_WAITING) {
    this.#destroy = destroy
    this.#cap = cap
  }

  /** A waiting block of at least `bytes`, if there is a fitting one. */
  take(bytes: number): Block<Handle> | undefined {
    let best = -1
    this.#waiting.forEach((block, i) => {
      const fits = block.bytes >= bytes && block.bytes <= 1.25 * bytes + 65536
      if (fits && (best < 0 || block.bytes < this.#waiting[best]!.bytes)) best = i
    })
    if (best < 0) return undefined
    const [block] = this.#waiting.splice(best, 1)
    this.#bytes -= block!.bytes
    return block
  }

  give(handle: Handle, bytes: number): void {
    this.#waiting.push({ handle, bytes })
    this.#bytes += bytes
    while (this.#bytes > this.#cap) this.#evict()
  }

  /** Gives up every waiting block. */
  drain(): void {
    while (this.#waiting.length > 0) this.#evict()
  }

  #evict(): void {
    const block = this.#waiting.shift()!
    this.#bytes -= block.bytes
    this.#destroy(block.handle, block.bytes)
  }
}
