/**
 * @file Threads in Node and Deno, and room for them: `node:worker_threads`. They do not keep the
 * process alive.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { ThreadSeed } from '../tensor/wasm/worker-loop.ts'
import { addressSpaceLeft } from './address-space.ts'

/** Address space of a thread (V8 reserves some 0.8 GiB), and of what else may come. */
const THREAD_BYTES = 1.5 * 2 ** 30

/** How many threads can run at once. */
export function cores(): number {
  return availableParallelism()
}

/**
 * Starts a thread that serves until `quit`; one that fails to start never takes a task, and
 * `onFailure` is told. Returns how to end it at once.
 */
export function startThread(seed: ThreadSeed, onFailure: (why: string) => void): () => Promise<unknown> {
  // Without room for it, V8 would end the process.
  if (addressSpaceLeft() < THREAD_BYTES) {
    onFailure('the limit of address space (ulimit -v) leaves no room')
    return async () => {}
  }
  // A file of this folder, whichever language it is run in.
  const file = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js'
  const worker = new Worker(new URL(file, import.meta.url), { workerData: seed })
  worker.on('error', ({ message }) => onFailure(message))
  worker.unref()
  return () => worker.terminate()
}
