/**
 * @file Products of up to four rows, which no packing precedes: against their definition, with every end that rows, columns and
 * depths can have, and the same bytes for every number of threads.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { openBackend } from '../src/open-backend.ts'
import { linear, matmul, release, Tensor } from '../src/tensor/index.ts'
import { f32, opCase, runCase, tensor } from './support/cases.ts'
import { near, TOLERANCE } from './support/compare.ts'
import { defined } from './support/definitions.ts'
import { random } from './support/random.ts'

const backends = await Promise.all([
  openBackend('cpu', { threads: 1 }),
  openBackend('cpu', { threads: 1, relaxed: false }),
  openBackend('cpu', { threads: 2 }),
  openBackend('cpu', { threads: 3 }),
])
afterAll(async () => {
  for (const each of backends) await each.dispose()
})

const rng = random(31)

test('products of one to five rows are as they are defined', async () => {
  for (const m of [1, 2, 3, 4, 5])
    for (const [n, k] of [
      [1, 64],
      [2, 65],
      [3, 66],
      [5, 67],
      [7, 63],
      [1030, 64],
      [2050, 70],
      [9, 1025],
    ]) {
      const inputs = { a: tensor(rng, [m, k]), b: tensor(rng, [n, k]) }
      const ends = { bias: tensor(rng, [n]), residual: tensor(rng, [m, n]) }
      const shape = { batch: 1, m, n, k, transposeB: true, sharedB: m > 2 }
      for (const c of [
        opCase('matmul', inputs, f32([m, n]), { ...shape, alpha: 1, activation: 'none' }),
        opCase('matmul', { ...inputs, ...ends }, f32([m, n]), { ...shape, alpha: 0.3, activation: 'gelu' }),
      ]) {
        const expected = defined(c)
        const [one, plain, ...more] = await Promise.all(backends.map((backend) => runCase(backend, c)))
        near(c, 'relaxed', expected, one, TOLERANCE.wasm)
        near(c, 'not relaxed', expected, plain, TOLERANCE.wasm)
        for (const other of more) assert.deepEqual(other, one, c.name)
      }
    }
})

test('what follows a row does not count, whatever it is', async () => {
  const [backend] = backends
  // Rows of 66 numbers: behind the last vector of the first lies the beginning of the second, which is none.
  const numbers = (rows: number) => Float32Array.from({ length: rows * 66 }, (_, i) => (i < 66 ? 1 : Number.NaN))
  const [a, b] = [Tensor.from(backend, numbers(2), [2, 66]), Tensor.from(backend, numbers(3), [3, 66])]
  const out = linear(a, b)
  const values = await out.floats()
  assert.equal(values[0], 66)
  assert.deepEqual([...values.subarray(1)].map(Number.isNaN), [true, true, true, true, true])
  release(a, b, out)
})

test('a matrix is the same to few rows and to many, before and after it lies in panels', async () => {
  const [backend] = backends
  const upload = (shape: number[]) => Tensor.from(backend, rng.floats(shape[0] * shape[1]), shape)
  const [few, many, weight] = [upload([3, 96]), upload([40, 96]), upload([64, 96])]
  const results: Float32Array[] = []
  for (const x of [few, many, many, many, few]) {
    const out = matmul(x, weight, { transposeB: true })
    results.push(await out.floats())
    out.dispose()
  }
  assert.deepEqual(results[4], results[0])
  assert.deepEqual(results[3], results[1])
  release(few, many, weight)
})
