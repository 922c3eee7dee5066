/**
 * @file The memory of a backend's tensors as numbers: what is in use, the most that was, and by which storages. Where the
 * bytes come from is the backend's own business (`pool.ts`, `wasm/heap.ts`).
 */
import type { Memory, Storage } from './backend.ts'

export class MemoryLedger {
  /** What tensors hold now. */
  readonly storages = new Set<Storage>()
  #live = 0
  #peak = 0

  /** Bytes in use now. */
  get live(): number {
    return this.#live
  }

  /** Enters a new storage of so many bytes. */
  add<H>(handle: H, bytes: number, label: string): Storage & { handle: H } {
    const storage = { handle, bytes, label, shares: 0 }
    this.storages.add(storage)
    this.#live += bytes
    this.#peak = Math.max(this.#peak, this.#live)
    return storage
  }

  /** Strikes a storage out. */
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
