/** @file What a Web Worker runs; it says that it is there. */
import { workerLoop } from '../tensor/wasm/worker-loop.ts'

globalThis.onmessage = ({ data }) => workerLoop(data)

globalThis.postMessage('here')
