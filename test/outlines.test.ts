/** @file Outlines of label maps: where they go, and that they are exactly their pixels. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import type { LabelMap } from '../src/pixels/label-map.ts'
import { outlines, type Polygon, type Ring, ringArea } from '../src/pixels/outlines.ts'
import { random } from './support/random.ts'

/** A map drawn with digits. */
function map(...rows: readonly string[]): LabelMap {
  return { width: rows[0].length, height: rows.length, data: Uint8Array.from(rows.join(''), Number) }
}

const plain = (polygons: readonly Polygon[] | undefined) => polygons?.map((polygon) => polygon.map((ring) => [...ring]))

test('a rectangle is four corners, clockwise as it is seen, and the first once more', () => {
  assert.deepEqual(plain(outlines(map('0000', '0110', '0110')).get(1)), [[[1, 1, 3, 1, 3, 3, 1, 3, 1, 1]]])
})

test('a hole is a ring of its own, the other way round', () => {
  const found = outlines(map('111', '101', '111'))
  assert.deepEqual(plain(found.get(1)), [
    [
      [0, 0, 3, 0, 3, 3, 0, 3, 0, 0],
      [1, 2, 2, 2, 2, 1, 1, 1, 1, 2],
    ],
  ])
  assert.deepEqual(found.get(1)![0].map(ringArea), [9, -1])
})

test('parts that touch in a corner are polygons of their own; a ring that would touch itself is cut there', () => {
  assert.deepEqual(plain(outlines(map('10', '01')).get(1)), [[[0, 0, 1, 0, 1, 1, 0, 1, 0, 0]], [[1, 1, 2, 1, 2, 2, 1, 2, 1, 1]]])
  // The hole meets the outside in the corner (3, 1).
  const [polygon, ...others] = outlines(map('1110', '1011', '1111')).get(1)!
  assert.equal(others.length, 0)
  assert.deepEqual(polygon.map(ringArea), [11, -1])
  // Two holes that meet in a corner.
  assert.deepEqual(
    outlines(map('1111', '1011', '1101', '1111'))
      .get(1)![0]
      .map(ringArea),
    [16, -1, -1],
  )
})

test('what lies in a hole is not the hole’s, and each label has its own polygons', () => {
  const found = outlines(map('22222', '21112', '21312', '21112', '22222'))
  assert.deepEqual(
    [...found].map(([label, polygons]) => [label, polygons.map((rings) => rings.map(ringArea))]),
    [
      [2, [[25, -9]]],
      [1, [[9, -1]]],
      [3, [[1]]],
    ],
  )
})

test('an empty map has none; what is no map is refused', () => {
  assert.equal(outlines(map('00', '00')).size, 0)
  assert.throws(() => outlines({ width: 2, height: 2, data: [1] }), AdzusError)
})

/** Whether a ring visits no corner twice, changes direction in each, and is closed. */
function isSimple(ring: Ring): boolean {
  const corners = Array.from({ length: ring.length / 2 - 1 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])
  const turns = corners.every(([x, y], i) => {
    const [[px, py], [nx, ny]] = [corners.at(i - 1)!, corners[(i + 1) % corners.length]]
    return (px === x) !== (nx === x) && (py === y) !== (ny === y)
  })
  const isClosed = ring[0] === ring.at(-2) && ring[1] === ring.at(-1)
  return isClosed && turns && new Set(corners.map(String)).size === corners.length
}

/** The pixels of polygons by the rule of even and odd crossings. */
function rasterised(polygons: readonly Polygon[], width: number, height: number): Uint8Array {
  const inside = new Uint8Array(width * height)
  for (const ring of polygons.flat())
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [x, from, to] = [ring[i], Math.min(ring[i + 1], ring[i + 3]), Math.max(ring[i + 1], ring[i + 3])]
      for (let y = from; y < to; y++) for (let right = x; right < width; right++) inside[y * width + right] ^= 1
    }
  return inside
}

for (const [labels, seed] of [
  [2, 1],
  [2, 2],
  [4, 3],
  [9, 4],
])
  test(`noise of ${labels} labels (${seed}): simple rings of the right area that give the same pixels`, () => {
    const numbers = random(seed)
    const [width, height] = [37, 29]
    const data = Uint8Array.from({ length: width * height }, () => numbers.int(0, labels - 1))
    const found = outlines({ width, height, data })
    for (let label = 1; label < labels; label++) {
      const polygons = found.get(label)!
      const count = data.filter((value) => value === label).length
      for (const [outer, ...holes] of polygons) {
        assert.ok([outer, ...holes].every(isSimple))
        assert.ok(ringArea(outer) > 0 && holes.every((hole) => ringArea(hole) < 0))
        // A hole is the hole of the polygon that surrounds it.
        const within = rasterised([[outer]], width, height)
        const beside = rasterised([[outer, ...holes]], width, height)
        assert.ok(beside.every((value, i) => value === 0 || (within[i] === 1 && data[i] === label)))
      }
      assert.equal(
        polygons.flat().reduce((sum, ring) => sum + ringArea(ring), 0),
        count,
      )
      assert.deepEqual(
        rasterised(polygons, width, height),
        data.map((value) => Number(value === label)),
      )
    }
    assert.equal(found.has(0), false)
  })
