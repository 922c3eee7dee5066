/** @file Threads in Node and Deno: `node:worker_threads`. They do not keep the process alive. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { ThreadSeed } from '../tensor/wasm/serve.ts'

/** How many threads can run at once. */
export function cores(): number {
  return availableParallelism()
}

/** Starts a thread that serves until `quit`; one that fails to start never takes a task. Returns how to end it at once. */
export function startThread(seed: ThreadSeed): () => void {
  // A file of this folder, whichever language it is run in.
  const file = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js'
  const worker = new Worker(new URL(file, import.meta.url), { workerData: seed })
  worker.on('error', () => {})
  worker.unref()
  return () => void worker.terminate()
}
