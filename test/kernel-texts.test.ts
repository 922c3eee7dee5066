/**
 * @file Kernels as texts: few directives in each, coefficients of Winograd's transforms that follow from their points, and the exercise
 * of `docs/kernels/attention.md`.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { FILTER, INPUT, MIRRORED, OUTPUT, TILE } from '../src/toom-cook.ts'
import { random } from './support/random.ts'

/** Directives and interpolations that a text may have. */
const MOST = 10

test('no kernel text has more than ten directives or interpolations', async () => {
  let texts = 0
  const wrong: string[] = []
  for (const file of await readdir('src/shaders')) {
    const source = await readFile(`src/shaders/${file}`, 'utf8')
    for (const [, name, text] of source.matchAll(/const (\w+) = \/\* wgsl \*\/ `([^`]*)`/g)) {
      texts++
      const count = [...text.matchAll(/\/\/#(?!else|end)\w+|\$\{/g)].length
      if (count > MOST) wrong.push(`${file}, ${name}: ${count}`)
    }
  }
  assert.ok(texts > 30, `${texts} texts`)
  assert.deepEqual(wrong, [])
})

/** M · x. */
const times = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, m, i) => sum + m * x[i], 0))

test('Winograd’s matrices give the convolution that they stand for', () => {
  const rng = random(3)
  for (let turn = 0; turn < 20; turn++) {
    const d = [...rng.floats(6, -1, 1)]
    const g = [...rng.floats(3, -1, 1)]
    const v = times(INPUT, d)
    const products = times(FILTER, g).map((u, i) => u * v[i])
    const y = times(OUTPUT, products)
    assert.equal(y.length, TILE)
    for (const [i, value] of y.entries()) {
      const direct = d[i] * g[0] + d[i + 1] * g[1] + d[i + 2] * g[2]
      assert.ok(Math.abs(value - direct) < 1e-12, `${value} is not ${direct}`)
    }
  }
})

test('mirrored points differ in the signs of odd powers alone, which kernels rely on', () => {
  for (const [plus, minus] of MIRRORED)
    for (const [matrix, odd] of [
      [INPUT, [1, 3]],
      [FILTER, [1]],
    ] as const)
      assert.deepEqual(
        matrix[minus],
        matrix[plus].map((m, i) => ((odd as readonly number[]).includes(i) ? -m : m)),
      )
  for (const [y, row] of OUTPUT.entries())
    for (const [plus, minus] of MIRRORED) assert.equal(row[minus], y % 2 === 1 ? -row[plus] : row[plus])
})
