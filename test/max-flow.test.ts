/**
 * @file Minimum cuts on small random grids, beside augmenting paths by breadth (Edmonds & Karp).
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { minCut } from '../src/pixels/max-flow.ts'
import type { GridCapacities } from '../src/pixels/max-flow-grid.ts'
import { type Random, random } from './support/random.ts'

const STEPS = { right: [1, 0], down: [0, 1], downRight: [1, 1], downLeft: [-1, 1] } as const

function randomGrid(width: number, height: number, { next, chance }: Random, whole: boolean): GridCapacities {
  const draw = (most: number, share: number) => {
    const value = chance(share) ? next() * most : 0
    return whole ? Math.round(value) : value
  }
  const terminals = () => Float64Array.from({ length: width * height }, () => draw(8, 0.6))
  const links = () => Float32Array.from({ length: width * height }, () => draw(5, 0.8))
  return { width, height, source: terminals(), sink: terminals(), right: links(), down: links(), downRight: links(), downLeft: links() }
}

/** Every pair of neighbours with its capacity. */
function pairs(grid: GridCapacities): [from: number, to: number, capacity: number][] {
  const found: [number, number, number][] = []
  for (const name of ['right', 'down', 'downRight', 'downLeft'] as const)
    for (let y = 0; y < grid.height; y++)
      for (let x = 0; x < grid.width; x++) {
        const [u, v] = [x + STEPS[name][0], y + STEPS[name][1]]
        if (u >= 0 && u < grid.width && v < grid.height) {
          const i = y * grid.width + x
          found.push([i, v * grid.width + u, grid[name][i]])
        }
      }
  return found
}

function edmondsKarp(grid: GridCapacities): number {
  const count = grid.width * grid.height
  const [source, sink] = [count, count + 1]
  const residual = Array.from({ length: count + 2 }, () => new Map<number, number>())
  for (let i = 0; i < count; i++) {
    residual[source].set(i, grid.source[i])
    residual[i].set(source, 0).set(sink, grid.sink[i])
    residual[sink].set(i, 0)
  }
  for (const [a, b, capacity] of pairs(grid)) {
    residual[a].set(b, capacity)
    residual[b].set(a, capacity)
  }
  for (let flow = 0; ; ) {
    const before = new Map([[source, source]])
    for (const a of before.keys()) for (const [b, left] of residual[a]) if (left > 1e-12 && !before.has(b)) before.set(b, a)
    if (!before.has(sink)) return flow
    let most = Number.POSITIVE_INFINITY
    for (let b = sink; b !== source; b = before.get(b)!) most = Math.min(most, residual[before.get(b)!].get(b)!)
    for (let b = sink; b !== source; b = before.get(b)!) {
      const a = before.get(b)!
      residual[a].set(b, residual[a].get(b)! - most)
      residual[b].set(a, residual[b].get(a)! + most)
    }
    flow += most
  }
}

function weightOf(grid: GridCapacities, inside: Uint8Array): number {
  let weight = 0
  for (let i = 0; i < inside.length; i++) weight += inside[i] === 1 ? grid.sink[i] : grid.source[i]
  for (const [a, b, capacity] of pairs(grid)) if (inside[a] !== inside[b]) weight += capacity
  return weight
}

test('flows are those of a slow reference, and the cut weighs as much', () => {
  const draw = random(14)
  for (let round = 0; round < 150; round++) {
    const grid = randomGrid(draw.int(1, 9), draw.int(1, 9), draw, round % 3 === 0)
    // Some pixels are sure, as in a trimap.
    if (round % 2 === 0)
      for (let i = 0; i < grid.source.length; i++) if (draw.chance(0.2)) grid[draw.pick(['source', 'sink'] as const)][i] = 450
    const { flow, inside } = minCut(grid)
    const expected = edmondsKarp(grid)
    const size = `${grid.width} × ${grid.height}`
    assert.ok(Math.abs(flow - expected) < 1e-6, `${size}: a flow of ${flow}, not ${expected}`)
    assert.ok(Math.abs(weightOf(grid, inside) - expected) < 1e-6, `${size}: a cut of ${weightOf(grid, inside)}, not ${expected}`)
  }
})

test('a large grid has a cut of the weight of its flow', () => {
  const grid = randomGrid(180, 130, random(3), false)
  const { flow, inside } = minCut(grid)
  assert.ok(Math.abs(weightOf(grid, inside) / flow - 1) < 1e-9)
  assert.ok(inside.includes(0) && inside.includes(1))
})

test('of equal cuts that with the fewest pixels inside; without links each pixel decides for itself', () => {
  const none = new Float32Array(4)
  const links = { right: none, down: none, downRight: none, downLeft: none }
  const { flow, inside } = minCut({ width: 2, height: 2, source: Float64Array.of(1, 2, 2, 0), sink: Float64Array.of(2, 1, 2, 0), ...links })
  assert.deepEqual([...inside], [0, 1, 0, 0])
  assert.equal(flow, 4)
})
