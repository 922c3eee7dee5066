/** @file What the definitions of ops themselves rest on, and the functions that the oracle approximates. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { cost } from '../src/tensor/cost.ts'
import { activations, erf } from '../src/tensor/cpu/activation.ts'
import { expNegative } from '../src/tensor/cpu/exp.ts'
import { createCpuBackend, plainKernels } from '../src/tensor/cpu/plain.ts'
import { floatToHalf, halfToFloat } from '../src/tensor/half.ts'
import { Tensor } from '../src/tensor/tensor.ts'
import { cases } from './support/cases.ts'
import { defined, erf as definedErf, halfValue, nearestHalf } from './support/definitions.ts'
import { random } from './support/random.ts'

test('erf by its series has the values of the tables', () => {
  const known: [number, number][] = [
    [0, 0],
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [2, 0.9953222650189527],
    [3.5, 0.9999992569016276],
  ]
  for (const [x, value] of known) assert.ok(Math.abs(definedErf(x) - value) < 1e-15, `erf(${x})`)
})

test('the oracle’s erf and exponential are those of the definitions', () => {
  for (let x = -6.5; x <= 6.5; x += 1 / 977) assert.ok(Math.abs(erf(x) - definedErf(x)) < 1e-12, `erf(${x}) is ${erf(x)}`)
  for (let x = 0; x >= -103.9; x -= 1 / 977) assert.ok(Math.abs(expNegative(x) / Math.exp(x) - 1) < 1e-14, `exp(${x}) is ${expNegative(x)}`)
  assert.equal(expNegative(-105), 0)
})

test('the oracle’s activations stay finite for any number', () => {
  for (const [name, f] of Object.entries(activations))
    for (const x of [-1e30, -700, -50, 0, 50, 700, 1e30]) {
      // All but `none` are 0 far below 0, and x far above.
      const expected = x > 0 || name === 'none' ? x : 0
      assert.ok(Math.abs(f(x) - expected) <= 1e-12 * Math.max(1, Math.abs(x)), `${name}(${x}) is ${f(x)}`)
    }
})

test('every f16 has its value, and every number between two is rounded to the nearest', () => {
  const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits)
  const values = finite.map(halfValue)
  assert.deepEqual([...halfToFloat(Uint16Array.from(finite))], values)
  // Between two neighbours: a third of the way, the middle (which goes to the even one), two thirds.
  const between = (low: number, high: number) => [low + (high - low) / 3, (low + high) / 2, high - (high - low) / 3].map(Math.fround)
  for (let i = 0; i < values.length - 1; i += 7) {
    const numbers = between(values[i], values[i + 1])
    const even = i % 2 === 0 ? values[i] : values[i + 1]
    assert.deepEqual(numbers.map(nearestHalf), [values[i], even, values[i + 1]], `${numbers}`)
    assert.deepEqual([...floatToHalf(Float32Array.from(numbers))].map(halfValue), numbers.map(nearestHalf), `${numbers}`)
  }
})

test('every op has cases, a definition that gives each output, and a cost that is a number', () => {
  const backend = createCpuBackend()
  const ops = new Set<string>()
  for (const c of cases(random(7))) {
    ops.add(c.op)
    const results = defined(c)
    assert.deepEqual(Object.keys(results), Object.keys(c.outputs), c.name)
    if (!results['out'].every(Number.isFinite)) assert.fail(`${c.name}: a definition that is no number`)
    const tensors = Object.entries({ ...c.inputs, ...c.outputs }).map(([name, { shape, dtype }]) => [
      name,
      Tensor.empty(backend, shape, dtype),
    ])
    const { flops, bytes } = cost(c.op, { ...Object.fromEntries(tensors), ...c.args } as never)
    assert.ok(flops >= 0 && bytes > 0, `${c.name}: ${flops} operations, ${bytes} bytes`)
  }
  assert.deepEqual([...ops].sort(), Object.keys(plainKernels).sort())
})

test('what moves numbers costs no operation, what computes does', () => {
  const free = ['upsampleNearest', 'concat', 'permute', 'slice', 'gatherRows', 'fill', 'cast']
  const backend = createCpuBackend()
  for (const c of cases(random(7))) {
    const tensors = Object.entries({ ...c.inputs, ...c.outputs }).map(([name, { shape, dtype }]) => [
      name,
      Tensor.empty(backend, shape, dtype),
    ])
    const { flops } = cost(c.op, { ...Object.fromEntries(tensors), ...c.args } as never)
    assert.equal(flops === 0, free.includes(c.op), c.name)
  }
})
