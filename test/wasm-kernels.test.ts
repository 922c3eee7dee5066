/**
 * @file Every op of the WebAssembly engine against plain TypeScript, with one thread and two, with relaxed SIMD and without: the random shapes of `support/cases.ts`, and a few shapes
 * large enough for every edge of the blocking.
 *
 * Tolerance: |a − b| ≤ 1e-4 · max(1, largest |value| of the tensor), as in `kernels.test.ts`.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CpuBackend, createPlainBackend } from '../src/tensor/cpu/backend.ts'
import { WasmEngine, type WasmOptions } from '../src/tensor/wasm/engine.ts'
import { cases, type OpCase, runCase } from './support/cases.ts'
import { largeCases } from './support/large-cases.ts'
import { random } from './support/random.ts'

const TOLERANCE = 1e-4

const plain = createPlainBackend()
const variants = await Promise.all(
  [
    { threads: 1, relaxed: false },
    { threads: 2, relaxed: false },
    { threads: 1, relaxed: true },
    { threads: 2, relaxed: true },
  ].map(async (options) => ({ name: nameOf(options), backend: await open(options) })),
)
after(async () => {
  await plain.dispose()
  for (const { backend } of variants) await backend.dispose()
})

function nameOf({ threads, relaxed }: Required<WasmOptions>): string {
  return `${threads} thread${threads > 1 ? 's' : ''}${relaxed ? ', relaxed' : ''}`
}

async function open(options: WasmOptions): Promise<CpuBackend> {
  const engine = await WasmEngine.open(options)
  assert.ok(engine, 'this runtime has no WebAssembly SIMD')
  return new CpuBackend(engine)
}

const all = [...cases(random(7)), ...cases(random(8)), ...largeCases(random(9))]

for (const op of new Set(all.map((c) => c.op))) {
  const list = all.filter((c) => c.op === op)
  test(`wasm equals plain TypeScript: ${op}, ${list.length} cases`, async () => {
    for (const c of list) {
      const expected = await runCase(plain, c)
      for (const { name, backend } of variants) compare(c, name, expected, await runCase(backend, c))
    }
  })
}

function compare(c: OpCase, variant: string, expected: Record<string, Float32Array>, got: Record<string, Float32Array>): void {
  for (const [name, values] of Object.entries(expected)) {
    const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
    const wrong = values.findIndex((v, i) => !(Math.abs(v - got[name][i]) <= TOLERANCE * largest || Object.is(v, got[name][i])))
    assert.ok(wrong < 0, `${c.op} ${c.name} (${variant}): ${name}[${wrong}] is ${got[name][wrong]}, expected ${values[wrong]}`)
  }
}
