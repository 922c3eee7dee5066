/**
 * @file Every op of the CPU backends against its definition (`support/definitions.ts`): plain TypeScript, and WebAssembly with
 * one thread and two, with relaxed SIMD and without. The random shapes of `support/cases.ts`, and a few that are large enough
 * for every edge of the blocking; tolerances are those of `support/compare.ts`.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { type CpuOptions, openBackend } from '../src/open-backend.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { floatToHalf, halfToFloat } from '../src/tensor/half.ts'
import { affine, attention, chain, conv2d, full, groupNorm, linear, release, Tensor } from '../src/tensor/index.ts'
import { cases, f32, opCase, runCase, tensor } from './support/cases.ts'
import { near, TOLERANCE } from './support/compare.ts'
import { defined } from './support/definitions.ts'
import { largeCases } from './support/large-cases.ts'
import { random } from './support/random.ts'

const plain = createCpuBackend()
const variants = await Promise.all(
  [
    { threads: 1, relaxed: false },
    { threads: 2, relaxed: false },
    { threads: 1, relaxed: true },
    { threads: 2, relaxed: true },
  ].map(async (options) => ({ name: nameOf(options), backend: await openBackend('cpu', options) })),
)
afterAll(async () => {
  for (const { backend } of variants) await backend.dispose()
})

function nameOf({ threads, relaxed }: Required<Pick<CpuOptions, 'threads' | 'relaxed'>>): string {
  return `${threads} thread${threads > 1 ? 's' : ''}${relaxed ? ', relaxed' : ''}`
}

const all = [...cases(random(7)), ...cases(random(8)), ...largeCases(random(9))]

for (const op of new Set(all.map((c) => c.op))) {
  const list = all.filter((c) => c.op === op)
  test(`the CPU computes ${op} as it is defined, ${list.length} cases`, async () => {
    for (const c of list) {
      const expected = defined(c)
      near(c, 'plain TypeScript', expected, await runCase(plain, c), TOLERANCE.plain)
      for (const { name, backend } of variants) near(c, name, expected, await runCase(backend, c), TOLERANCE.wasm)
    }
  })
}

test('shapes that no kernel takes are computed in plain TypeScript', async () => {
  const rng = random(11)
  // A head of more channels than a thread has room for.
  const shape = [1, 3, 1100]
  const [q, k, v] = [0, 1, 2].map(() => tensor(rng, shape))
  const c = opCase('attention', { q, k, v }, f32(shape), { heads: 1, scale: 0.03, causal: false })
  const { name, backend } = variants[1]
  const plans: string[] = []
  const stop = backend.profile.listen({ onSource: ({ text }) => plans.push(text) })
  near(c, name, defined(c), await runCase(backend, c), TOLERANCE.plain)
  stop()
  assert.deepEqual(plans, [])
})

test('the backends are what the tests mean', () => {
  for (const { name, backend } of variants)
    assert.ok(backend.description.startsWith(`CPU (WebAssembly SIMD, ${name.split(',')[0]}`), backend.description)
})

test('results are the same with any number of threads, from the first run on', async () => {
  const results: Float32Array[] = []
  for (const threads of [1, 2, 3, 2]) {
    const backend = await openBackend('cpu', { threads })
    // All is recorded before anything runs: memory is reused while the threads are still starting.
    const x = Tensor.from(backend, random(1).floats(600 * 384), [1, 600, 384])
    const weight = Tensor.from(backend, random(2).floats(384 * 384, -0.1, 0.1), [384, 384])
    const gamma = Tensor.from(backend, random(3).floats(384), [384])
    const block = [
      (h: Tensor) => linear(h, weight, { activation: 'silu', residual: h }),
      (h: Tensor) => groupNorm(h, gamma, gamma, { groups: 32, eps: 1e-5 }),
      (h: Tensor) => attention(h, h, h, { heads: 6 }).out,
    ]
    const out = chain(x, ...Array.from({ length: 6 }, () => block).flat())
    results.push(await out.floats())
    release(x, weight, gamma, out)
    await backend.dispose()
  }
  assert.ok(results[0].every(Number.isFinite))
  for (const other of results) assert.deepEqual(other, results[0])
})

test('every f16 is widened exactly', async () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i)
  for (const { backend } of variants) {
    const [x, weight] = [Tensor.from(backend, new Float32Array([1]), [1, 1]), Tensor.from(backend, bits, [65536, 1])]
    const out = linear(x, weight)
    // A sum never is −0; as plain arrays, since typed ones with NaN equal nothing.
    assert.deepEqual(
      [...(await out.floats())],
      Array.from(halfToFloat(bits), (value) => value + 0),
    )
    release(x, weight, out)
  }
})

test('weights beyond the limit stay outside the WebAssembly memory and give the same results', async () => {
  const results: Float32Array[] = []
  for (const weightBytes of [0, 2 ** 30]) {
    const backend = await openBackend('cpu', { threads: 2, weightBytes })
    const weights = [0, 1, 2].map((i) => Tensor.from(backend, random(i).floats(640 * 640, -0.1, 0.1), [640, 640]))
    const filters = Tensor.from(backend, floatToHalf(random(4).floats(640 * 9 * 128)), [128, 3, 3, 640])
    const before = backend.memory
    const x = Tensor.from(backend, random(3).floats(64 * 640), [1, 8, 8, 640])
    const out = chain(x, ...weights.map((w) => (h: Tensor) => linear(h, w)), (h) => conv2d(h, filters, { padding: 1 }))
    results.push(await out.floats())
    release(x, out, filters, ...weights)
    assert.ok(before.live >= 3 * 4 * 640 * 640 + filters.bytes)
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  }
  assert.deepEqual(results[0], results[1])
})

test('more than the memory can hold is an error that says so, and what was there stays', async () => {
  const backend = await openBackend('cpu', { threads: 1 })
  const x = Tensor.from(backend, Float32Array.of(1, 2, 3, 4), [4])
  const large = backend.allocate(2 ** 31 - 64, 'large')
  assert.throws(() => backend.allocate(2 ** 31 - 64, 'too large'), /too large.*out of memory with 2 GiB in use.*ends at 4 GiB/)
  backend.release(large)
  const y = affine(x, 2)
  assert.deepEqual([...(await y.floats())], [2, 4, 6, 8])
  await backend.dispose()
})

test('memory may grow while ops run', async () => {
  const backend = await openBackend('cpu', { threads: 1 })
  const x = full(backend, [2048, 1024], 1)
  const weight = full(backend, [1024, 1024], 1 / 1024)
  const out = chain(x, ...Array.from({ length: 6 }, () => (h: Tensor) => linear(h, weight)))
  const done = backend.flush()
  let grown = 0
  // Between turns of the event loop, until the work is done.
  for (let busy = true; busy; grown++) {
    backend.allocate(2 ** 24, 'more')
    busy = await Promise.race([done.then(() => false), turn()])
  }
  assert.ok(grown > 1, 'nothing happened meanwhile')
  assert.deepEqual((await out.floats()).slice(0, 3), Float32Array.of(1, 1, 1))
  await backend.dispose()
})

/** Resolves to true in a later turn of the event loop. A message, as the queue's own turns are: a timer may be starved by them. */
function turn(): Promise<true> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve(true)
    }
    port2.postMessage(0)
  })
}
