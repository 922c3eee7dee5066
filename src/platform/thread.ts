/** @file What a thread runs in Node and Deno. */
import { workerData } from 'node:worker_threads'
import { workerLoop } from '../tensor/wasm/worker-loop.ts'

workerLoop(workerData)
