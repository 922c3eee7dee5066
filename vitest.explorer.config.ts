/** @file The tests of the attention explorer, in Chromium: `npm run test:explorer`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/explorer/*.test.ts'],
    globalSetup: ['test/explorer/build.ts'],
    // Two browsers with a network each would only wait for one another.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
