/**
 * @file Failing without leaking: a computation that throws half-way leaves tensors behind that are
 * never disposed.
 */
import type { Backend, Storage } from './backend.ts'
import type { Tensor } from './tensor.ts'

/** Storages that outlive the computation that allocated them. */
const kept = new WeakSet<Storage>()

/**
 * Marks a tensor as owned: its owner will dispose it, however the computation ends that made it.
 */
export function keep(tensor: Tensor): void {
  kept.add(tensor.storage)
}

/**
 * Runs `work`. If it throws, every storage allocated meanwhile and still held is given back, unless
 * it was kept; tensors on them must not be used any more. Nothing else may allocate on the backend
 * meanwhile (`exclusive.ts`).
 */
export async function guarded<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const before = new Set(backend.storages)
  try {
    return await work()
  } catch (error) {
    // Commands that are still recorded may read them: let those run (or fail) first.
    await backend.flush().catch(() => {})
    for (const storage of [...backend.storages]) {
      if (before.has(storage) || kept.has(storage)) continue
      storage.shares = 0
      backend.release(storage)
    }
    throw error
  }
}
