/** @file Arithmetic on pixel grids, beside SciPy's results and beside definitions in plain loops. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { components } from '../src/pixels/components.ts'
import { distanceTransform } from '../src/pixels/distance-transform.ts'
import { erode, surface } from '../src/pixels/erode.ts'
import { boundingBox, crop, type Mask } from '../src/pixels/mask.ts'
import { uniform } from '../src/random.ts'
import { random } from './support/random.ts'
import { labelMap, maskOf, references, type Stored } from './support/references.ts'

function noise(width: number, height: number, share: number, seed: number): Mask {
  const { chance } = random(seed)
  return { width, height, data: Uint8Array.from({ length: width * height }, () => (chance(share) ? 255 : 0)) }
}

function drawn(...rows: string[]): Mask {
  return { width: rows[0].length, height: rows.length, data: Uint8Array.from(rows.join(''), (c) => (c === '#' ? 255 : 0)) }
}

const rowsOf = ({ width, height, data }: Mask) =>
  Array.from({ length: height }, (_, y) => Array.from(data.subarray(y * width, (y + 1) * width), (v) => (v ? '#' : '.')).join(''))

test('distances are SciPy’s', () => {
  const cases = references<{ mask: Stored; spacing: [number, number]; expected: number[] }>('distances')
  assert.equal(cases.length, 3)
  for (const { mask, spacing, expected } of cases)
    distanceTransform(maskOf(mask), spacing).forEach((distance, i) => {
      assert.ok(Math.abs(distance - expected[i]) < 1e-9, `${distance} is not ${expected[i]}`)
    })
})

test('distances are the least over all pixels inside', () => {
  for (const [width, height, share, x, y] of [
    [37, 23, 0.02, 1, 1],
    [23, 37, 0.3, 0.25, 3],
    [40, 1, 0.1, 1, 2],
    [1, 40, 0.1, 7, 0.01],
  ]) {
    const mask = noise(width, height, share, width)
    const inside = [...mask.data.keys()].filter((i) => mask.data[i] !== 0)
    assert.ok(inside.length > 0)
    const place = (i: number) => [(i % width) * x, Math.floor(i / width) * y]
    const expected = [...mask.data.keys()].map((i) =>
      Math.min(...inside.map((j) => Math.hypot(place(i)[0] - place(j)[0], place(i)[1] - place(j)[1]))),
    )
    distanceTransform(mask, [x, y]).forEach((distance, i) => {
      assert.ok(Math.abs(distance - expected[i]) < 1e-9)
    })
  }
})

test('without a pixel inside, every distance is infinite', () => {
  assert.deepEqual([...distanceTransform(drawn('...', '...'))], Array(6).fill(Infinity))
})

test('components are SciPy’s, numbers included', () => {
  const cases = references<{ mask: Stored; connectivity: 4 | 8; expected: Stored }>('components')
  assert.equal(cases.length, 8)
  for (const { mask, connectivity, expected } of cases) {
    const { labels, count, areas } = components(maskOf(mask), connectivity)
    const { data } = labelMap(expected)
    assert.deepEqual(labels, data)
    assert.equal(count, Math.max(...data))
    assert.deepEqual(
      [...areas],
      Array.from({ length: count + 1 }, (_, label) => data.filter((value) => value === label).length),
    )
  }
})

test('combs and nested frames, in which numbers meet late, are one part each', () => {
  const [width, height] = [1501, 900]
  const comb = new Uint8Array(width * height)
  const frames = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      comb[y * width + x] = x % 2 === 0 || y === height - 1 ? 1 : 0
      frames[y * width + x] = Math.min(x, y, width - 1 - x, height - 1 - y) % 2 === 0 ? 1 : 0
    }
  assert.equal(components({ width, height, data: comb }, 8).count, 1)
  assert.equal(components({ width, height, data: frames }, 4).count, height / 4)
})

test('corners join parts in one of the two neighbourhoods', () => {
  const mask = drawn('#.#', '.#.', '#.#')
  assert.deepEqual([components(mask, 4).count, components(mask, 8).count], [5, 1])
})

test('an erosion takes the surface, the picture’s edge included', () => {
  const mask = drawn('#####.', '#####.', '###.#.', '#####.')
  const [eroded, shell] = [erode(mask), surface(mask)]
  assert.deepEqual(rowsOf(eroded), ['......', '.##...', '.#....', '......'])
  assert.deepEqual(rowsOf(shell), ['#####.', '#..##.', '#.#.#.', '#####.'])
})

test('a bounding box holds all masks, and a crop is what is in it', () => {
  const [a, b] = [drawn('.....', '..#..', '.....'), drawn('.....', '.....', '...##')]
  assert.deepEqual(boundingBox(a, b), { x: 2, y: 1, width: 3, height: 2 })
  assert.deepEqual(rowsOf(crop(b, boundingBox(a, b)!)), ['...', '.##'])
  assert.equal(boundingBox(drawn('..', '..')), undefined)
})

test('random numbers are those of a seed, uniform and below 1', () => {
  const [one, same, other] = [uniform(5), uniform(5), uniform(6)]
  const values = Array.from({ length: 20_000 }, one)
  assert.deepEqual(values.slice(0, 50), Array.from({ length: 50 }, same))
  assert.notEqual(values[0], other())
  assert.ok(values.every((value) => value >= 0 && value < 1))
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value) / values.length - 0.5) < 0.01)
})

test('what is no mask, no spacing and no connectivity is refused', () => {
  const mask = drawn('#.')
  const wrong: [() => unknown, RegExp][] = [
    [() => distanceTransform(null as never), /mask/],
    [() => distanceTransform({ ...mask, width: 3 }), /mask.*3 × 1/],
    [() => distanceTransform(mask, [1, 0]), /spacing/],
    [() => distanceTransform(mask, 1 as never), /spacing/],
    [() => components(mask, 6 as never), /connectivity.*4 or 8, got 6/],
    [() => erode({ width: 0, height: 1, data: new Uint8Array(0) }), /mask/],
    [() => boundingBox(undefined as never), /mask/],
  ]
  for (const [call, message] of wrong) assert.throws(call, (error: Error) => error instanceof AdzusError && message.test(error.message))
})
