/**
 * @file Threads in Node and Deno, and room for them: `node:worker_threads`. They do not keep the
 * process alive.
 */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ThreadSeed } from '../tensor/wasm/worker-loop.ts'
import { addressSpaceLeft } from './address-space.ts'
import { packageRoot } from './directory.ts'

/** Address space of a thread (V8 reserves some 0.8 GiB), and of what else may come. */
const THREAD_BYTES = 1.5 * 2 ** 30

/** How many threads can run at once. */
export function cores(): number {
  return availableParallelism()
}

/**
 * What a thread runs: a file of this folder, whichever language it is run in; where this file is
 * part of a bundle, that of the installed package, or undefined where there is none.
 */
function threadScript(own = import.meta.url): URL | undefined {
  const [, ending] = /\/threads\.(ts|js)$/.exec(own) ?? []
  if (ending !== undefined) return new URL(`./thread.${ending}`, own)
  const installed = join(packageRoot(), 'dist', 'src', 'platform', 'thread.js')
  return existsSync(installed) ? pathToFileURL(installed) : undefined
}

/** Why no thread can start; undefined where they can. */
export async function threadFault(): Promise<string | undefined> {
  return threadScript() ? undefined : 'the package adzus, whose thread.js they run, is not installed beside the bundle'
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
  const worker = new Worker(threadScript()!, { workerData: seed })
  worker.on('error', ({ message }) => onFailure(message))
  worker.unref()
  return () => worker.terminate()
}
