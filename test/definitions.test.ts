/** @file What the definitions of ops themselves rest on, and the functions that the oracle approximates. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { cost } from '../src/tensor/cost.ts'
import { activations, erf } from '../src/tensor/cpu/activation.ts'
import { createCpuBackend, plainKernels } from '../src/tensor/cpu/plain.ts'
import { floatToHalf, halfToFloat } from '../src/tensor/half.ts'
import { Tensor } from '../src/tensor/tensor.ts'
import { cases } from './support/cases.ts'
import { defined, erf as definedErf, halfValue, nearestHalf } from './support/definitions.ts'
import { random } from './support/random.ts'

test('erf has the values of the tables', () => {
  const known: [number, number][] = [
    [0, 0],
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [1.5, 0.966105146475311],
    [2, 0.9953222650189527],
    [-2.5, -0.999593047982555],
    [3.5, 0.9999992569016276],
    [Infinity, 1],
  ]
  for (const f of [erf, definedErf]) for (const [x, value] of known) assert.ok(Math.abs(f(x) - value) < 1e-15, `erf(${x}) is ${f(x)}`)
  assert.ok(Number.isNaN(erf(NaN)))
})

test('the oracle’s erf is the integral that it stands for, where its two formulas meet as well', () => {
  // By Simpson's rule. Its error over [0, 6] is at most 6/2880 · h⁴ · max|f⁗|, below 3e-14.
  const density = (t: number) => (2 / Math.sqrt(Math.PI)) * Math.exp(-t * t)
  const step = 1 / 1024
  let integral = 0
  for (let i = 0; i < 6 * 1024; i++) {
    const x = i * step
    integral += (step / 6) * (density(x) + 4 * density(x + step / 2) + density(x + step))
    for (const sign of [1, -1]) {
      const value = erf(sign * (x + step))
      assert.ok(Math.abs(value - sign * integral) < 2e-13, `erf(${sign * (x + step)}) is ${value}, the integral ${sign * integral}`)
    }
  }
  assert.ok(Math.abs(erf(2 - 1e-15) - erf(2)) < 1e-15)
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
