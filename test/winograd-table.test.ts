/** @file The matrices of Winograd's minimal filtering: exact in f64, and mirrored as the transforms take for granted. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { FILTER, INPUT, type Matrix, MIRRORED, OUTPUT } from '../src/toom-cook.ts'
import { random } from './support/random.ts'

const times = (matrix: Matrix, x: readonly number[]) => matrix.map((row) => row.reduce((sum, factor, i) => sum + factor * x[i], 0))

test('Aᵀ[(G·g) ⊙ (Bᵀ·d)] are the four sums of a filter of three taps', () => {
  const numbers = random(3)
  for (let i = 0; i < 100; i++) {
    const [d, g] = [[...numbers.floats(INPUT[0].length)], [...numbers.floats(FILTER[0].length)]]
    const [input, filter] = [times(INPUT, d), times(FILTER, g)]
    const results = times(
      OUTPUT,
      input.map((x, point) => x * filter[point]),
    )
    assert.equal(results.length, 4)
    for (const [k, result] of results.entries()) {
      const direct = g[0] * d[k] + g[1] * d[k + 1] + g[2] * d[k + 2]
      assert.ok(Math.abs(result - direct) < 1e-13, `${result} for ${direct}`)
    }
  }
})

test('mirrored points differ in the signs of odd powers alone', () => {
  for (const [plus, minus] of MIRRORED) {
    for (const matrix of [INPUT, FILTER]) for (const [i, x] of matrix[plus].entries()) assert.equal(matrix[minus][i] + 0, (-1) ** i * x + 0)
    for (const [power, row] of OUTPUT.entries()) assert.equal(row[minus], (-1) ** power * row[plus])
  }
})
