/** @file The one setting of Vite: a worker that starts workers is a module. The headers let the CPU backend use threads. */
import { defineConfig } from 'vite'

const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

export default defineConfig({
  base: './',
  worker: { format: 'es' },
  build: { target: 'esnext' },
  server: { headers },
  preview: { headers },
})
