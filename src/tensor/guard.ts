/**
 * @file Failing without leaking: a computation that throws half-way leaves tensors that nobody will dispose any more.
 */
import type { Backend } from './backend.ts'

/** Runs `work`. If it throws, every storage allocated meanwhile and still held is given back; tensors on them must not be used any more. Not for overlapping work on one backend. */
export async function guarded<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const before = new Set(backend.storages)
  try {
    return await work()
  } catch (error) {
    // Commands that are still recorded may read them: let those run (or fail) first.
    await backend.flush().catch(() => {})
    for (const storage of [...backend.storages]) {
      if (before.has(storage)) continue
      storage.shares = 0
      backend.release(storage)
    }
    throw error
  }
}
