/**
 * @file One after another: work that shares a backend waits for its turn. So what a failing work leaves behind is its own (`guard.ts`), and what the others
 * hold is never touched.
 */
import type { Backend } from './backend.ts'
import { guarded } from './guard.ts'

/** When everything ends that has been begun so far. */
const ends = new WeakMap<Backend, Promise<void>>()

/**
 * Runs `work` when everything else that was begun so on this backend has ended, well or not; what it holds when it fails is given back. Work must not wait for other work on the
 * same backend that it begins itself.
 */
export function exclusively<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const run = (ends.get(backend) ?? Promise.resolve()).then(() => guarded(backend, work))
  const nothing = () => {}
  ends.set(backend, run.then(nothing, nothing))
  return run
}
