/**
 * @file Kernels as texts: few directives in each, coefficients of Winograd's transforms that follow from their points, and the exercise
 * of `docs/kernels/attention.md`.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { DATA, FAR, FILTER, NEAR, RESULT, TILE } from '../src/shaders/winograd-table.ts'
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

/** y = M · x. */
const times = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, m, i) => sum + m * x[i], 0))

test('Winograd’s coefficients give the convolution that they stand for', () => {
  const { near2, far2, product, sum } = DATA
  const even = (own: number, other: number): number[][] => [
    [0, -own * other, -other, own, 1, 0],
    [0, own * other, -other, -own, 1, 0],
  ]
  const data = [[product, 0, -sum, 0, 1, 0], ...even(NEAR, far2), ...even(FAR, near2), [0, product, 0, -sum, 0, 1]]
  const powers = (by: number, point: number) => [by, by * point, by * point * point]
  const filter = [
    [FILTER.zero, 0, 0],
    powers(FILTER.near, NEAR),
    powers(FILTER.near, -NEAR),
    powers(FILTER.far, FAR),
    powers(FILTER.far, -FAR),
    [0, 0, 1],
  ]
  const [n, f] = [RESULT.near, RESULT.far]
  const result = [
    [1, 1, 1, 1, 1, 0],
    [0, n[0], -n[0], f[0], -f[0], 0],
    [0, n[1], n[1], f[1], f[1], 0],
    [0, n[2], -n[2], f[2], -f[2], 1],
  ]
  const rng = random(3)
  for (let turn = 0; turn < 20; turn++) {
    const d = [...rng.floats(6, -1, 1)]
    const g = [...rng.floats(3, -1, 1)]
    const [u, v] = [times(filter, g), times(data, d)]
    const y = times(
      result,
      u.map((x, i) => x * v[i]),
    )
    assert.equal(y.length, TILE)
    for (const [i, value] of y.entries()) {
      const direct = d[i] * g[0] + d[i + 1] * g[1] + d[i + 2] * g[2]
      assert.ok(Math.abs(value - direct) < 1e-12, `${value} is not ${direct}`)
    }
  }
})
