/**
 * @file A pool of device memory: freed blocks wait here for the next request, since creating a
 * block costs far more than reusing it.
 *
 * A request takes the *oldest* block that waits (the one that was created first) among those that
 * are large enough and at most `SLACK` times too large. Age makes a computation meet the same
 * blocks again when it is repeated: every block that it found or created the first time is older
 * than whatever was created after that. So the second image creates nothing, and objects cached for
 * blocks (bind groups) are reused. A tighter fit would hold more memory, since blocks of every size
 * would wait for their like: `adzus segment --explain` prints what is held and the least that is
 * possible.
 *
 * Waiting bytes are capped: beyond the cap the blocks that have waited longest are given up.
 */

/**
 * Found by following 512×512 and 1024×1024 Stable Diffusion passes: 8 holds least, 40 % less than
 * 1.25.
 */
const SLACK = 8
/** Small requests may take larger blocks still. */
const SMALL = 65536
/**
 * More than a 512×512 Stable Diffusion pass leaves waiting (569 MiB); small enough to leave other
 * programs their share.
 */
const MAX_WAITING = 2 ** 30

interface Block<Handle> {
  handle: Handle
  bytes: number
  age: number
}

/** Creates and destroys blocks. */
export interface Supply<Handle> {
  /** Undefined where there is no memory left. */
  create(bytes: number, label: string): Handle | undefined
  destroy(handle: Handle): void
}

export interface PoolLimits {
  /** Bytes that may wait. */
  cap?: number
  /** How many times larger than the request a block may be. */
  slack?: number
}

export class Pool<Handle> {
  /** Bytes of all blocks, in use or waiting. */
  held = 0
  /** How many blocks have been created so far. */
  created = 0
  readonly #blocks = new Map<Handle, Block<Handle>>()
  /** In the order in which they were returned. */
  #waiting: Block<Handle>[] = []
  #waitingBytes = 0
  readonly #supply: Supply<Handle>
  readonly #cap: number
  readonly #slack: number

  constructor(supply: Supply<Handle>, { cap = MAX_WAITING, slack = SLACK }: PoolLimits = {}) {
    this.#supply = supply
    this.#cap = cap
    this.#slack = slack
  }

  /**
   * A block of at least `bytes`, one that waits or a new one; undefined where there is no memory
   * left.
   */
  take(bytes: number, label: string): Handle | undefined {
    const size = blockBytes(bytes)
    const found = this.#oldest(size)
    if (found) {
      this.#waiting.splice(this.#waiting.indexOf(found), 1)
      this.#waitingBytes -= found.bytes
      return found.handle
    }
    let handle = this.#supply.create(size, label)
    if (handle === undefined && this.#waiting.length > 0) {
      // Waiting blocks may hold the memory that is missing.
      this.drain()
      handle = this.#supply.create(size, label)
    }
    if (handle === undefined) return undefined
    this.#blocks.set(handle, { handle, bytes: size, age: this.created++ })
    this.held += size
    return handle
  }

  give(handle: Handle): void {
    const block = this.#blocks.get(handle)!
    this.#waiting.push(block)
    this.#waitingBytes += block.bytes
    while (this.#waitingBytes > this.#cap) this.#evict()
  }

  /** Gives up every waiting block. */
  drain(): void {
    while (this.#waiting.length > 0) this.#evict()
  }

  #oldest(size: number): Block<Handle> | undefined {
    const most = this.#slack * size + SMALL
    let oldest: Block<Handle> | undefined
    for (const block of this.#waiting) if (block.bytes >= size && block.bytes <= most && (!oldest || block.age < oldest.age)) oldest = block
    return oldest
  }

  #evict(): void {
    const { handle, bytes } = this.#waiting.shift()!
    this.#waitingBytes -= bytes
    this.held -= bytes
    this.#blocks.delete(handle)
    this.#supply.destroy(handle)
  }
}

/** Blocks are whole vectors of 16 bytes, and never empty. */
export function blockBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16)
}
