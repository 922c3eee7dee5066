/** @file What a Web Worker runs. */
import { serve } from '../tensor/wasm/worker-loop.ts'

globalThis.onmessage = ({ data }) => serve(data)
