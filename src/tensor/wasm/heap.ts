/**
 * @file Memory inside a WebAssembly memory: ranges of addresses, kept by hand. A request takes the
 * smallest free range that holds it; neighbouring free ranges are joined; the memory grows when
 * none fits, up to the 4 GiB that 32-bit addresses reach. It never shrinks.
 */

/**
 * Vectors are read whole where only their first lanes count: so far behind a block there is always
 * memory.
 */
export const SLACK = 64
/** Blocks begin on whole cache lines. */
const ALIGNMENT = 64
/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65536
const MAX_BYTES = 65536 * PAGE
/** Growing by more at once keeps it rare. */
const GROWTH = 16 * 2 ** 20

interface Range {
  start: number
  end: number
}

/** The part of a memory that the heap uses; a dry run has a stand-in. */
interface Growing {
  readonly buffer: { readonly byteLength: number }
  grow(pages: number): number
}

/** The ranges of one memory. All addresses are bytes; a block that is given back must be whole. */
export class Heap<M extends Growing = WebAssembly.Memory> {
  #memory: M | undefined
  /** How often the memory has grown. */
  growths = 0
  /** By address; no two touch. */
  readonly #free: Range[]
  /** Where the memory ends for the heap. */
  #end: number

  /** Everything from `start` on is the heap's. */
  constructor(memory: M, start: number) {
    this.#memory = memory
    this.#end = memory.buffer.byteLength - SLACK
    this.#free = [{ start, end: this.#end }]
  }

  get memory(): M {
    if (!this.#memory) throw new Error('heap: used after it was closed')
    return this.#memory
  }

  /** Drops the memory, so that the garbage collector can free it. */
  close(): void {
    this.#memory = undefined
  }

  /** Bytes of memory held, in use or not. */
  get held(): number {
    return this.#end + SLACK
  }

  /** The address of at least `bytes` bytes, or undefined where there is no such range any more. */
  allocate(bytes: number): { address: number; bytes: number } | undefined {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT)
    let best: Range | undefined
    for (const range of this.#free) {
      const room = range.end - range.start
      if (room >= size && (!best || room < best.end - best.start)) best = range
    }
    best ??= this.#grow(size)
    if (!best) return undefined
    const address = best.start
    best.start += size
    if (best.start === best.end) this.#free.splice(this.#free.indexOf(best), 1)
    return { address, bytes: size }
  }

  /** Gives back exactly what `allocate` gave. */
  free(address: number, bytes: number): void {
    let at = this.#free.findIndex((r) => r.start > address)
    if (at < 0) at = this.#free.length
    const before = this.#free[at - 1]
    const after = this.#free[at]
    const end = address + bytes
    if (before?.end === address) {
      before.end = end
      if (after?.start === end) {
        before.end = after.end
        this.#free.splice(at, 1)
      }
    } else if (after?.start === end) after.start = address
    else this.#free.splice(at, 0, { start: address, end })
  }

  /** Adds memory until the last free range holds `size`. */
  #grow(size: number): Range | undefined {
    const last = this.#free.at(-1)
    const open = last?.end === this.#end ? last : undefined
    const missing = size - (open ? open.end - open.start : 0)
    const room = MAX_BYTES - this.held
    if (missing > room) return undefined
    for (const wanted of [Math.max(missing, GROWTH), missing]) {
      const pages = Math.ceil(Math.min(wanted, room) / PAGE)
      try {
        this.memory.grow(pages)
      } catch {
        continue
      }
      this.growths++
      this.#end += pages * PAGE
      if (open) {
        open.end = this.#end
        return open
      }
      const added = { start: this.#end - pages * PAGE, end: this.#end }
      this.#free.push(added)
      return added
    }
    return undefined
  }
}
