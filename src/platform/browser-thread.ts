/** @file What a Web Worker runs. */
import { workerLoop } from '../tensor/wasm/worker-loop.ts'

globalThis.onmessage = ({ data }) => workerLoop(data)
