/**
 * @file The absorbing walk along attention, on every backend, beside NumPy's solution in f64 of small maps (`references/foreground/make.py`).
 *
 * Products are f32 here, and the iteration ends when about 1e-4 of a value is still to come; rounding is amplified by the steps that a walk takes (4e2 of
 * 6e-8 each). So values may be 5e-4 off, relative to themselves. Prominence is a logarithm on a scale of 0 to 1: 5e-4 of that scale.
 */
import assert from 'node:assert/strict'
import { BandedMap } from '../src/attention/banded-map.ts'
import { backgroundWeights } from '../src/foreground/absorption.ts'
import { prominences } from '../src/foreground/chain.ts'
import { limitOf } from '../src/foreground/extrapolate.ts'
import { borderOf, centralityIn, wholeField } from '../src/foreground/field.ts'
import { Walk } from '../src/foreground/walk.ts'
import { type Backend, type Grid, Tensor } from '../src/tensor/index.ts'
import { backends, test } from './support/backends.ts'
import { references } from './support/references.ts'

interface Case {
  name: string
  grid: Grid
  map: number[]
  inside: number[]
  border: number[]
  expected: {
    connectivity: number[]
    steps: Record<string, number[]>
    prominence: Record<string, number[]>
    row: number[]
    visits: number[]
    reach: number[]
  }
}

const cases = references<Case>('walks', 'foreground/walks.json')
const SIGMAS = [0.2, 0.5, 1]
const TOLERANCE = 5e-4

/** The case's map, cut into bands of so many rows of the grid. */
function mapOf(backend: Backend, { grid, map }: Pick<Case, 'grid' | 'map'>, rows = grid.h): BandedMap {
  const cells = grid.h * grid.w
  const pieces: Tensor[] = []
  for (let first = 0; first < grid.h; first += rows) {
    const end = Math.min(grid.h, first + rows)
    pieces.push(
      Tensor.from(backend, Float32Array.from(map.slice(first * grid.w * cells, end * grid.w * cells)), [(end - first) * grid.w, cells]),
    )
  }
  return BandedMap.of(grid, ...pieces)
}

function agree(actual: Float32Array, expected: readonly number[], what: string, least = 1e-3): void {
  assert.equal(actual.length, expected.length, what)
  expected.forEach((value, i) => {
    assert.ok(
      Math.abs(actual[i] - value) <= TOLERANCE * Math.max(least, Math.abs(value)),
      `${what}, cell ${i}: ${actual[i]} instead of ${value}`,
    )
  })
}

/** Everything that a walk can be asked. */
async function answers(map: BandedMap, { grid, inside, border }: Case) {
  const walk = await Walk.prepare(map, { inside: Float32Array.from(inside), border: Float32Array.from(border) })
  const connectivity = await walk.connectivity()
  const click = new Float32Array(grid.h * grid.w)
  click[Math.floor(grid.h / 2) * grid.w + Math.floor(grid.w / 2)] = 1
  const edge = Float32Array.from(border)
  const all = {
    connectivity,
    row: await walk.row(click.indexOf(1)),
    steps: await walk.steps(SIGMAS.map((sigma) => backgroundWeights(connectivity, sigma))),
    prominence: await prominences(
      walk,
      SIGMAS.flatMap((sigma) => [0, 1].map((gamma) => ({ sigma, gamma }))),
    ),
    visits: (await walk.visits([new Float32Array(click.length), click], edge, 0.02))[1],
    reach: (
      await walk.reach(
        [click],
        edge.map((own) => (own ? Infinity : 0)),
      )
    )[0],
  }
  walk.dispose()
  return all
}

for (const { name: kind, open, test } of await backends()) {
  test(`walks give the reference’s values on ${kind}`, async () => {
    const backend = await open()
    for (const one of cases) {
      const { name, expected } = one
      const map = mapOf(backend, one)
      const before = backend.storages.size
      const got = await answers(map, one)
      assert.equal(backend.storages.size, before, `${name}: temporaries are disposed`)
      map.dispose()
      agree(got.connectivity, expected.connectivity, `${name}: connectivity`)
      agree(got.row, expected.row, `${name}: row`)
      for (const [i, sigma] of SIGMAS.entries()) {
        agree(got.steps[i], expected.steps[sigma], `${name}: steps at ${sigma}`)
        for (const gamma of [0, 1])
          agree(got.prominence[2 * i + gamma], expected.prominence[`${sigma} ${gamma}`], `${name}: prominence at ${sigma}, ${gamma}`, 1)
      }
      agree(got.visits, expected.visits, `${name}: visits`)
      agree(got.reach, expected.reach, `${name}: reach`)
    }
    await backend.dispose()
  })

  test(`a walk gives the same numbers each time, and in bands nearly the same, on ${kind}`, async () => {
    const backend = await open()
    for (const one of cases) {
      const runs = []
      for (const rows of [one.grid.h, one.grid.h, 3]) {
        const map = mapOf(backend, one, rows)
        runs.push(await answers(map, one))
        map.dispose()
      }
      assert.deepEqual(runs[0], runs[1], one.name)
      // The sums over bands are other f32 sums, and the iteration may end elsewhere.
      for (const i of SIGMAS.keys()) agree(runs[2].steps[i], [...runs[0].steps[i]], `${one.name}: steps in bands`)
      agree(runs[2].connectivity, [...runs[0].connectivity], `${one.name}: connectivity in bands`)
    }
    await backend.dispose()
  })

  test(`a walk that fails gives its memory back on ${kind}`, async () => {
    const backend = await open()
    const map = mapOf(backend, cases[0])
    const before = backend.storages.size
    const run = backend.run.bind(backend)
    let left = 12
    backend.run = (op, args) => {
      if (left-- === 0) throw new Error('no more')
      run(op, args)
    }
    await assert.rejects(Walk.prepare(map), /no more/)
    assert.equal(backend.storages.size, before)
    backend.run = run
    const numbers = { rounds: [1.5, -1], temperature: [0, Number.NaN] }
    for (const [option, values] of Object.entries(numbers))
      for (const value of values)
        assert.throws(() => Walk.prepare(map, { [option]: value }), /a temperature above 0 and a whole number of rounds/)
    assert.throws(() => Walk.prepare(map, { inside: new Float32Array(3) }), /one number for each of 8 × 8 cells, got 3/)
    assert.throws(() => Walk.prepare(map, { inside: new Float32Array(64) }), /a cell that takes part, got none/)
    map.dispose()
    await backend.dispose()
  })
}

test('the border runs along the field', () => {
  const grid = { h: 4, w: 5 }
  assert.deepEqual([...borderOf(wholeField(grid), grid)], [1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  const cross = Float32Array.of(0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
  assert.deepEqual([...borderOf(cross, grid)], [0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  for (const { name, grid, inside, border } of cases.filter((c) => c.name !== 'border along one side'))
    assert.deepEqual([...borderOf(Float32Array.from(inside), grid)], border, name)
})

test('centrality is that of the box around the field', () => {
  const grid = { h: 3, w: 4 }
  const inside = Float32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0)
  const got = centralityIn(inside, grid)
  const wave = (v: number) => Math.sin(Math.PI * v)
  assert.deepEqual(
    [...got.map((v, i) => (inside[i] ? 0 : v))].filter((v) => v !== 0),
    [],
  )
  for (const [cell, x, y] of [
    [5, 1 / 6, 1 / 4],
    [6, 1 / 2, 1 / 4],
    [7, 5 / 6, 1 / 4],
    [10, 1 / 2, 3 / 4],
  ])
    assert.ok(Math.abs(got[cell] - Math.sqrt(wave(x) * wave(y))) < 1e-6)
})

test('the limit of a geometric sequence is found from three of its values', () => {
  const at = (k: number) => Float64Array.of(10 - 4 * 0.9 ** k, 3 - 0.9 ** k)
  const { values, error } = limitOf([at(1), at(2), at(3)])
  assert.ok(Math.abs(values[0] - 10) < 1e-9 && Math.abs(values[1] - 3) < 1e-9)
  assert.ok(error > 0.9 ** 3 / 3 && error < 1)
  const same = at(5)
  assert.deepEqual(limitOf([same, same, same]), { values: same, error: 0 })
})
