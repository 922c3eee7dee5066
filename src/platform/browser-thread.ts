/** @file What a Web Worker runs. */
import { serve } from '../tensor/wasm/serve.ts'

globalThis.onmessage = ({ data }) => serve(data)
