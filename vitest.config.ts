/**
 * @file The tests, by backend: `cpu` has everything that needs no device, `webgpu` the tests of
 * WebGPU in one process, `chromium` the package in a page. They run from the sources; programs that
 * tests start run from dist/, which `npm test` builds before (`scripts/test.mjs`).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const BROWSER = 'test/browser.test.ts'

/** The test files whose text a pattern is found in. */
function filesWith(pattern: RegExp): string[] {
  const names = readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.ts'))
  return names.map((name) => `test/${name}`).filter((path) => pattern.test(readFileSync(join(root, path), 'utf8')))
}

/** Those that declare tests of WebGPU, and those that declare no others. */
const withWebGpu = filesWith(/\bawait (backends|webgpu)\(\)/)
const webGpuAlone = filesWith(/^import \{ webgpu \} from '.\/support\/backends.ts'/m)

/** Node 20 starts no thread from TypeScript: threads run what was built of the same sources. */
const builtThreads = {
  name: 'built-threads',
  transform(code: string, id: string) {
    if (!id.endsWith('/src/platform/threads.ts')) return undefined
    const built = pathToFileURL(join(root, 'dist', 'src', 'platform', 'threads.js')).href
    return { code: code.replaceAll('import.meta.url', JSON.stringify(built)), map: null }
  },
}

export default defineConfig({
  plugins: [builtThreads],
  resolve: {
    alias: {
      '#hub': join(root, 'src', 'checkpoint', 'hub', 'files.ts'),
      '#platform': join(root, 'src', 'platform', 'node.ts'),
    },
  },
  test: {
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Tests of the command line leave the user's cache alone.
    env: { ADZUS_CACHE: process.env['ADZUS_CACHE'] ?? 'off' },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['html', 'text-summary'], reportsDirectory: 'out/coverage' },
    projects: [
      {
        extends: true,
        test: {
          name: 'cpu',
          include: ['test/*.test.ts'],
          exclude: [BROWSER, ...webGpuAlone],
          env: { ADZUS_TEST_BACKENDS: 'cpu' },
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'webgpu',
          include: withWebGpu,
          env: { ADZUS_TEST_BACKENDS: 'webgpu' },
          // Devices of several processes at once would only wait for each other.
          maxWorkers: 1,
          isolate: false,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: 'chromium', include: [BROWSER], maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
})
