/** @file The vocabulary of the WebAssembly kernels: addresses, task ranges and zeros, each computed by a function of its own. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { ceilDiv, f32At, orNull, roundUp, rowAt, taskRange, times, v128At, zero } from '../src/tensor/wasm/vocabulary.ts'
import { type Body, type Definition, type Expr, i32, type Local, Module, procedure } from '../src/wasm-assembler/index.ts'

const RESULT = 1024

/** Writes the results of `emit` for x and y into memory, and reads them. */
function compute(emit: (f: Body, x: Local<'i32'>, y: Local<'i32'>) => Expr<'i32'>[]): (x: number, y: number) => number[] {
  let count = 0
  const go = procedure('go', { x: 'i32', y: 'i32' }, (f, { x, y }) => {
    const values = emit(f, x, y)
    count = values.length
    for (const [i, value] of values.entries()) f.do(i32.store(RESULT, value, 4 * i))
  })
  const module = new Module({ relaxed: false, shared: false }, 64)
  module.export(go as unknown as Definition)
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } })
  return (x, y) => {
    ;(exports['go'] as (x: number, y: number) => void)(x, y)
    return [...new Uint32Array(memory.buffer, RESULT, count)]
  }
}

test('addresses of numbers, vectors and rows', () => {
  const run = compute((_, x, y) => [f32At(x, y), v128At(x, y), rowAt(x, y, 24), rowAt(x, 3, y), rowAt(x, 0, y), rowAt(x, y, x)])
  assert.deepEqual(run(100, 7), [128, 212, 268, 121, 100, 800])
  // Unsigned: addresses above 2^31 are not negative.
  assert.deepEqual(run(2 ** 31, 1).slice(0, 2), [2 ** 31 + 4, 2 ** 31 + 16])
})

test('products: by locals and by numbers, on either side', () => {
  const run = compute((_, x, y) => [times(x, y), times(x, 12), times(12, x), times(x, 8), times(x, 1), times(x, 0), times(3, 5)])
  assert.deepEqual(run(6, 7), [42, 72, 72, 48, 6, 0, 15])
})

test('rounding up to a power of two', () => {
  const run = compute((_, x) => [ceilDiv(x, 8), roundUp(x, 8), roundUp(x, 4)])
  assert.deepEqual(run(0, 0), [0, 0, 0])
  assert.deepEqual(run(1, 0), [1, 8, 4])
  assert.deepEqual(run(8, 0), [1, 8, 8])
  assert.deepEqual(run(13, 0), [2, 16, 16])
})

test('nothing stays nothing', () => {
  const run = compute((_, x, y) => [orNull(x, i32.add(x, y))])
  assert.deepEqual([run(0, 40), run(100, 40)], [[0], [140]])
})

test('tasks cover everything once, and the last may be shorter', () => {
  const run = compute((f, x, y) => {
    const { first, end } = taskRange(f, x, 4, y)
    return [first, end]
  })
  assert.deepEqual(
    [0, 1, 2].map((task) => run(task, 10)),
    [
      [0, 4],
      [4, 8],
      [8, 10],
    ],
  )
})

test('zeros end with the last whole vector', () => {
  const words = 16
  const run = compute((f, x, y) => {
    f.for(0, 4 * words, 4, (at) => f.do(i32.store(at, -1, 2048)))
    zero(f, x, y)
    return Array.from({ length: words }, (_, i) => i32.load(2048 + 4 * i))
  })
  const zeros = (x: number, y: number) =>
    run(2048 + x, y)
      .map((word) => Number(word === 0))
      .join('')
  assert.equal(zeros(16, 32), '0000111111110000')
  assert.equal(zeros(16, 20), '0000111111110000')
  assert.equal(zeros(16, 0), '0000000000000000')
})
