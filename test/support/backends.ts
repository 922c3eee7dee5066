/**
 * @file The backends that the tests of a file run on: the CPU, and WebGPU if there is an adapter.
 *
 * ADZUS_TEST_BACKENDS=cpu or =webgpu (what the projects `cpu` and `webgpu` of `vitest.config.ts`
 * set) restricts them. A test belongs to one backend: those of WebGPU are declared with `webgpu` or
 * `backends`, and skipped where there is no adapter; all others belong to the CPU. With
 * ADZUS_REQUIRE_WEBGPU=1 (as in CI) a missing adapter is a failure instead of a skip.
 */
import process from 'node:process'
import * as vitest from 'vitest'
import { openBackend } from '../../src/open-backend.ts'
import type { Backend } from '../../src/tensor/backend.ts'

type Body = (context: vitest.TestContext) => unknown

interface Declare {
  (name: string, body: Body): void
  (name: string, options: { skip?: boolean; timeout?: number }, body: Body): void
}

export interface TestBackend {
  name: 'cpu' | 'webgpu'
  open(): Promise<Backend>
  /** Declares a test of this backend. */
  test: Declare
  /** Prepares what tests of this backend share; not called where they are skipped. */
  beforeAll(prepare: () => unknown): void
  /** Undoes it. */
  afterAll(end: () => unknown): void
}

const only = process.env['ADZUS_TEST_BACKENDS']
const nothing = () => {}

/** Declares a test of a file with several backends that belongs to none of them. */
export const test: Declare = only === 'webgpu' ? nothing : vitest.test
/** The same for a suite. */
export const describe: (name: string, declare: () => void) => void = only === 'webgpu' ? nothing : vitest.describe

/** The backends that tests are to be declared for, whether there is an adapter or not. */
export async function backends(): Promise<TestBackend[]> {
  const { beforeAll, afterAll } = vitest
  const list: TestBackend[] = []
  if (only !== 'webgpu') list.push({ name: 'cpu', open: () => openBackend('cpu'), test, beforeAll, afterAll })
  if (only !== 'cpu') list.push(await webgpu())
  return list
}

/** WebGPU alone. Where the tests are restricted to the CPU it declares nothing. */
export async function webgpu(): Promise<TestBackend> {
  const name = 'webgpu'
  const open = () => openBackend(name)
  if (only === 'cpu') return { name, open, test: nothing, beforeAll: nothing, afterAll: nothing }
  if (await hasWebGpu()) return { name, open, test: vitest.test, beforeAll: vitest.beforeAll, afterAll: vitest.afterAll }
  return { name, open, test: vitest.test.skip, beforeAll: nothing, afterAll: nothing }
}

export async function hasWebGpu(): Promise<boolean> {
  try {
    await (await openBackend('webgpu')).dispose()
    return true
  } catch (error) {
    if (process.env['ADZUS_REQUIRE_WEBGPU'] === '1') throw error
    return false
  }
}
