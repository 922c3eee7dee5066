/**
 * @file Counts the memory of a backend's tensors: bytes in use, their peak, and the storages that
 * use them. The bytes themselves come from a pool (`pool.ts`) or a heap (`wasm/heap.ts`).
 */
import type { Memory, Storage } from './backend.ts'

export class MemoryLedger {
  /** The storages of all tensors that exist now. */
  readonly storages = new Set<Storage>()
  #live = 0
  #peak = 0

  /** Bytes in use now. */
  get live(): number {
    return this.#live
  }

  /** Adds a new storage of that many bytes. */
  add<H>(handle: H, bytes: number, label: string): Storage & { handle: H } {
    const storage = { handle, bytes, label, shares: 0 }
    this.storages.add(storage)
    this.#live += bytes
    this.#peak = Math.max(this.#peak, this.#live)
    return storage
  }

  /** Removes a storage. */
  remove(storage: Storage): void {
    this.storages.delete(storage)
    this.#live -= storage.bytes
  }

  /** The peak restarts at what is in use now. */
  resetPeak(): void {
    this.#peak = this.#live
  }

  /** @param held bytes that the device holds, in use or not */
  memory(held: number): Memory {
    return { live: this.#live, peak: this.#peak, held }
  }
}
