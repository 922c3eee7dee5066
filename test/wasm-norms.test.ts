/**
 * @file Norms and sums of rows in WebAssembly at the edges of their blocking (pixels taken four at once, channels rounded up to whole vectors, several tasks and images, four sums a row), and the error of gates.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { openBackend } from '../src/open-backend.ts'
import { f32, opCase, runCase, tensor } from './support/cases.ts'
import { near, TOLERANCE } from './support/compare.ts'
import { defined } from './support/definitions.ts'
import { random } from './support/random.ts'

const backends = await Promise.all([1, 3].flatMap((threads) => [true, false].map((relaxed) => openBackend('cpu', { threads, relaxed }))))
afterAll(async () => {
  for (const backend of backends) await backend.dispose()
})

test('group norms are as defined whatever is left over, and the same with any number of threads', async () => {
  const rng = random(19)
  // [batch, pixels, groups, channels a group]
  const shapes = [
    ...[1, 2, 3, 4, 5, 7, 63, 64, 65, 66, 131].map((pixels) => [1, pixels, 3, 3]),
    ...[1, 2, 3, 5, 6, 7].map((width) => [3, 70, 1, width]),
    // Several tasks an image: their sums are joined, and no factor is of another image.
    [2, 515, 1, 333],
    [3, 1030, 32, 4],
    // Beyond what is taken four pixels at once.
    [1, 32_770, 8, 8],
  ]
  for (const [i, [batch, pixels, groups, width]] of shapes.entries()) {
    const channels = groups * width
    const c = opCase(
      'groupNorm',
      { x: tensor(rng, [batch, pixels, channels], { low: 7, high: 9 }), gamma: tensor(rng, [channels]), beta: tensor(rng, [channels]) },
      f32([batch, pixels, channels]),
      { groups, eps: 1e-5, silu: i % 2 === 0 },
    )
    const results = []
    for (const backend of backends) results.push(await runCase(backend, c))
    for (const result of results) near(c, 'WebAssembly', defined(c), result, TOLERANCE.wasm)
    for (const relaxed of [0, 1]) assert.deepEqual(results[2 + relaxed], results[relaxed], c.name)
  }
})

test('rows of every length are summed as defined, without what lies behind them', async () => {
  const rng = random(20)
  for (const length of [...Array.from({ length: 37 }, (_, i) => i + 1), 63, 64, 65, 255]) {
    const shape = [5, length]
    const x = tensor(rng, shape, { low: -3, high: 5 })
    const all = [
      opCase('layerNorm', { x, gamma: tensor(rng, [length]), beta: tensor(rng, [length]) }, f32(shape), { eps: 1e-5 }),
      opCase('softmax', { x }, f32(shape)),
      opCase('rowDot', { a: x, b: tensor(rng, shape) }, f32([5])),
      ...['sum', 'mean', 'max'].map((fn) => opCase('reduce', { x }, f32([5]), { fn, outer: 5, length, inner: 1 })),
    ]
    for (const c of all) for (const backend of backends) near(c, 'WebAssembly', defined(c), await runCase(backend, c), TOLERANCE.wasm)
  }
})

test('gates err by less than a millionth of what goes in, and have the right limits', async () => {
  const gates = {
    silu: (x: number) => x / (1 + Math.exp(-x)),
    quickGelu: (x: number) => x / (1 + Math.exp(-1.702 * x)),
    geluTanh: (x: number) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * x * (1 + 0.044715 * x * x))),
  }
  const grid = Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 100)
  const xs = Float32Array.from([...grid, 3e4, -3e4, Number.NaN])
  for (const backend of backends)
    for (const [name, gate] of Object.entries(gates)) {
      const c = opCase('unary', { x: { shape: [xs.length], dtype: 'f32', data: xs } }, f32([xs.length]), { fn: name, alpha: 1, beta: 0 })
      const { out: got } = await runCase(backend, c)
      for (const [i, value] of xs.subarray(0, -1).entries()) {
        const error = Math.abs(got[i] - gate(value))
        assert.ok(error <= 1e-6 * Math.max(1, Math.abs(value)), `${name}(${value}) is ${got[i]}, expected ${gate(value)}`)
      }
      assert.ok(Number.isNaN(got.at(-1)), name)
    }
})
