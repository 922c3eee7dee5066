/**
 * @file Work that shares a backend runs one after another, so that whatever failing work leaves
 * behind is its own (`guard.ts`), and tensors of other work are never touched.
 */
import type { Backend } from './backend.ts'
import { guarded } from './guard.ts'

/** For each backend a promise of the end of all work begun so far. */
const ends = new WeakMap<Backend, Promise<void>>()

/**
 * Runs `work` after all work that was begun on this backend before, whether that succeeded or not.
 * If `work` fails, the memory that it holds is given back. Work must not wait for other exclusive
 * work on the same backend: neither would ever end.
 * @example
 * ```ts
 * const labels = await exclusively(backend, () => segmentOne(picture))
 * ```
 */
export function exclusively<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const run = (ends.get(backend) ?? Promise.resolve()).then(() => guarded(backend, work))
  const nothing = () => {}
  ends.set(backend, run.then(nothing, nothing))
  return run
}
