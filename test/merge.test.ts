/** @file DiffSeg's steps from attention maps to labels, each on small maps whose result is known, on every backend. */
import assert from 'node:assert/strict'
import { aggregate } from '../src/attention/aggregate.ts'
import { BandedMap } from '../src/attention/banded-map.ts'
import { anchorGrid, axisPositions } from '../src/grouping/diffseg/anchors.ts'
import { greedyGroups, merge } from '../src/grouping/diffseg/merge.ts'
import { refine } from '../src/grouping/diffseg/refine.ts'
import { labelPixels } from '../src/grouping/label-pixels.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { type Backend, divergence, type Grid, less, Tensor } from '../src/tensor/index.ts'
import { backends, test } from './support/backends.ts'
import { weighted } from './support/maps.ts'
import { random } from './support/random.ts'

const membersOf = (...args: Parameters<typeof greedyGroups>) => greedyGroups(...args).map(({ members }) => members)

test('anchors stand on DiffSeg’s grid', () => {
  assert.deepEqual(
    axisPositions(64, 16),
    Array.from({ length: 16 }, (_, i) => 1 + 4 * i),
  )
  assert.deepEqual(axisPositions(64, 8), [0, 9, 18, 27, 36, 45, 54, 63])
  assert.deepEqual(
    axisPositions(64, 32),
    Array.from({ length: 32 }, (_, i) => 2 * i),
  )
  assert.deepEqual(
    axisPositions(64, 64),
    Array.from({ length: 64 }, (_, i) => i),
  )
  assert.deepEqual([...anchorGrid({ h: 4, w: 4 }, 2)], [0, 3, 12, 15], 'y outer, x inner')
  assert.equal(anchorGrid({ h: 64, w: 64 }, 16).length, 256)
  // On a grid that is not square about as many, as far apart along both axes; never more than there are cells.
  assert.equal(anchorGrid({ h: 32, w: 128 }, 16).length, 8 * 32)
  assert.equal(anchorGrid({ h: 4, w: 4 }, 16).length, 16)
  for (const n of [1, 0, 2.5]) assert.throws(() => anchorGrid({ h: 64, w: 64 }, n), /a whole number of 2 or more/)
})

test('greedy groups: strict, overlapping, dependent on the order', () => {
  // Proposal 1 is near 0 and 2, which are far from each other.
  const chain = [0, 1, 3, 1, 0, 1, 3, 1, 0]
  assert.deepEqual(membersOf(chain, 3, 2), [
    [0, 1],
    [1, 2],
  ])
  // The same proposals with the middle one first.
  const middleFirst = [0, 1, 1, 1, 0, 3, 1, 3, 0]
  assert.deepEqual(membersOf(middleFirst, 3, 2), [[0, 1, 2]])
  assert.deepEqual(membersOf(chain, 3, 1), [[0], [1], [2]], 'a divergence equal to the threshold does not merge')
  assert.deepEqual(membersOf(chain, 3, 4), [[0, 1, 2]])
  // What is not a number never merges, but does not vanish.
  assert.deepEqual(membersOf([Number.NaN, Number.NaN, Number.NaN, 0], 2, 1), [[0], [1]])
})

/** Rows that sum to 1. */
function distributions(rows: number, cells: number, seed: number, sharpness = 3): Float32Array {
  const rng = random(seed)
  const out = new Float32Array(rows * cells)
  for (let r = 0; r < rows; r++) {
    const row = Array.from({ length: cells }, () => Math.exp(sharpness * rng.next()))
    const sum = row.reduce((a, b) => a + b, 0)
    out.set(
      row.map((v) => v / sum),
      r * cells,
    )
  }
  return out
}

/** D by its definition, in f64. */
function symmetricKl(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) * (Math.log(x[i]) - Math.log(y[i]))
  return sum / 2
}

const row = (values: Float32Array, r: number, cells: number) => values.subarray(r * cells, (r + 1) * cells)

for (const { name: kind, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  beforeAll(async () => {
    backend = await open()
  })
  afterAll(() => backend.dispose())
  const on = (name: string, work: (backend: Backend) => Promise<void>) =>
    test(`${name} on ${kind}`, async () => {
      const { live } = backend.memory
      await work(backend)
      assert.equal(backend.memory.live, live, 'memory is left')
    })
  const square = (side: number, values: Float32Array) =>
    BandedMap.of({ h: side, w: side }, Tensor.from(backend, values, [side * side, side * side]))
  const uniform = (side: number) => new Float32Array(side ** 4).fill(1 / side ** 2)
  const diagonal = (side: number) => Float32Array.from({ length: side ** 4 }, (_, i) => (i % (side ** 2 + 1) === 0 ? 1 : 0))

  on('a resolution weighs as its side: 8/15, 4/15, 2/15, 1/15; rows sum to 1', async () => {
    const sides = [8, 4, 2, 1]
    for (const [i, weight] of [8 / 15, 4 / 15, 2 / 15].entries()) {
      // One resolution looks only at itself, so that cells far away show what the other, uniform ones weigh together.
      const maps = sides.map((side, j) => square(side, i === j ? diagonal(side) : uniform(side)))
      const map = aggregate(weighted(maps), { h: 8, w: 8 })
      const values = await map.floats()
      for (let q = 0; q < 64; q++) {
        const cells = row(values, q, 64)
        assert.ok(Math.abs(cells.reduce((a, b) => a + b, 0) - 1) < 1e-5)
        assert.ok(Math.abs(Math.min(...cells) - (1 - weight) / 64) < 1e-6, `${sides[i]}: query ${q}`)
      }
      map.dispose()
    }
  })

  on('coarse queries are repeated, coarse keys interpolated with half-pixel centres', async () => {
    const maps = [square(4, uniform(4)), square(2, Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1))]
    const map = aggregate(weighted(maps), { h: 4, w: 4 })
    const values = await map.floats()
    // Weights along an axis of 4 cells for the first of 2: 1, 0.75, 0.25, 0.
    const along = [1, 0.75, 0.25, 0]
    const cells = along.flatMap((y) => along.map((x) => x * y))
    const sum = cells.reduce((a, b) => a + b, 0)
    for (const q of [0, 1, 4, 5])
      for (const [k, v] of cells.entries()) assert.ok(Math.abs(values[q * 16 + k] - (v / sum + 2 / 16) / 3) < 1e-6, `query ${q}, key ${k}`)
    assert.ok(Math.abs(values[2 * 16] - 2 / 48) < 1e-6)
    map.dispose()
  })

  on('bands of any rows are joined like whole maps', async () => {
    const rng = random(21)
    const base = { h: 7, w: 6 }
    const grids = [base, { h: 4, w: 3 }, { h: 3, w: 5 }, { h: 1, w: 1 }]
    const values = grids.map(({ h, w }) => rng.floats((h * w) ** 2).map((v) => Math.abs(v) + 0.1))
    const pieces = ({ h, w }: Grid, all: Float32Array, cuts: number[]) => {
      const cells = h * w
      const edges = [0, ...cuts, h]
      const tensors = edges
        .slice(1)
        .map((end, i) => Tensor.from(backend, all.slice(edges[i] * w * cells, end * w * cells), [(end - edges[i]) * w, cells]))
      return BandedMap.of({ h, w }, ...tensors)
    }
    const joined = async (cuts: number[][]) => {
      const map = aggregate(
        grids.map((grid, i) => pieces(grid, values[i], cuts[i])),
        base,
      )
      const all = await map.floats()
      map.dispose()
      return all
    }
    const expected = await joined([[], [], [], []])
    for (const cuts of [
      [[3], [], [], []],
      [[1, 2, 5], [1], [2], []],
      [[], [1, 2, 3], [1, 2], []],
      [[4, 6], [3], [1], []],
    ])
      for (const [i, v] of (await joined(cuts)).entries()) assert.ok(Math.abs(v - expected[i]) < 1e-6, `${JSON.stringify(cuts)}: ${i}`)
    // Without a map on the base grid there is nothing to begin with.
    const coarse = aggregate([pieces(grids[1], values[1], [])], base)
    for (let q = 0, all = await coarse.floats(); q < 42; q++)
      assert.ok(Math.abs(row(all, q, 42).reduce((a, b) => a + b, 0) - 1) < 1e-5, `query ${q}`)
    coarse.dispose()
  })

  on('the divergence: natural logarithm, halved, symmetric, 0 to itself', async (b) => {
    const pair = Tensor.from(b, Float32Array.of(0.5, 0.5, 0.25, 0.75), [2, 2])
    const small = divergence(pair, pair, { h: 1, w: 2 })
    const expected = Math.log(3) / 8
    for (const [i, v] of [0, expected, expected, 0].entries()) assert.ok(Math.abs((await small.floats())[i] - v) < 1e-6)
    for (const t of [pair, small]) t.dispose()

    const [rows, cells] = [12, 100]
    const values = distributions(rows, cells, 1)
    const maps = Tensor.from(b, values, [rows, cells])
    const table = divergence(maps, maps, { h: 10, w: 10 })
    const got = await table.floats()
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < rows; j++) {
        const exact = symmetricKl(row(values, i, cells), row(values, j, cells))
        assert.ok(Math.abs(got[i * rows + j] - exact) < 1e-4, `${i}, ${j}: ${got[i * rows + j]}, expected ${exact}`)
        assert.ok(Math.abs(got[i * rows + j] - got[j * rows + i]) < 1e-5)
      }
    for (const t of [maps, table]) t.dispose()
  })

  // A grid that nothing divides, and maps of cells that look at their own third of it.
  const grid = { h: 18, w: 17 }
  const cells = grid.h * grid.w
  const thirds = (rows: number, seed: number, thirdOf = (r: number) => Math.floor((3 * r) / rows)) => {
    const maps = distributions(rows, cells, seed, 1)
    for (let r = 0; r < rows; r++) {
      const own = maps.subarray(r * cells, (r + 1) * cells)
      const third = thirdOf(r)
      own.set(own.map((v, i) => (Math.floor((3 * i) / cells) === third ? v : v / 50)))
      const sum = own.reduce((a, b) => a + b, 0)
      own.set(own.map((v) => v / sum))
    }
    return maps
  }

  on('with a threshold, divergences are on its right side, and far from it need not be computed', async (b) => {
    const [m, n] = [41, 100]
    const y = Tensor.from(b, thirds(n, 32), [n, cells])
    // Rows of x sorted by their third, and by turns.
    for (const values of [thirds(m, 31), thirds(m, 31, (r) => r % 3)]) {
      const x = Tensor.from(b, values, [m, cells])
      const tableOf = async (threshold?: number) => {
        const table = divergence(x, y, grid, threshold)
        const all = await table.floats()
        table.dispose()
        return all
      }
      const exact = await tableOf()
      const rising = exact.slice().sort()
      const largest = rising[rising.length - 1]
      // Below all, right at some pairs of either kind, between the kinds, above all.
      for (const threshold of [
        1e-9,
        ...[0.01, 0.2, 0.33, 0.5, 0.9].map((share) => rising[Math.floor(share * rising.length)]),
        1,
        2 * largest,
        1e30,
      ]) {
        const decided = await tableOf(threshold)
        for (const [i, v] of decided.entries())
          assert.equal(v < threshold, exact[i] < threshold, `${i}: ${v}, ${exact[i]}, threshold ${threshold}`)
        const estimates = (below: boolean) => decided.filter((v, i) => v !== exact[i] && v < threshold === below).length
        // Only WebAssembly estimates.
        if (b.kind !== 'cpu') assert.equal(estimates(true) + estimates(false), 0)
        else if (threshold === 1) assert.ok(estimates(true) > 0 && estimates(false) > 0.6 * decided.length)
        else if (threshold >= 2 * largest) assert.ok(estimates(true) > 0.9 * decided.length)
      }
      x.dispose()
    }
    y.dispose()
  })

  on('proposals are those of the definitions, in one piece and in bands', async (b) => {
    const values = thirds(cells, 33)
    const plain = createCpuBackend()
    const piece = (backend: Backend, from: number, to: number) =>
      Tensor.from(backend, values.slice(from * grid.w * cells, to * grid.w * cells), [(to - from) * grid.w, cells])
    const counts = new Set<number>()
    for (const threshold of [1e-3, 0.005, 0.02, 0.04, 0.9, 100, Infinity]) {
      const proposalsOf = async (map: BandedMap) => {
        const proposals = await merge(map, { thresholds: [threshold, threshold], anchors: 6 })
        const got = { shape: proposals.shape, values: await proposals.floats() }
        proposals.dispose()
        map.dispose()
        return got
      }
      const expected = await proposalsOf(BandedMap.of(grid, piece(plain, 0, 18)))
      for (const cuts of [
        [0, 18],
        [0, 5, 18],
      ]) {
        const got = await proposalsOf(BandedMap.of(grid, ...cuts.slice(1).map((end, i) => piece(b, cuts[i], end))))
        assert.deepEqual(got.shape, expected.shape, `${threshold}`)
        for (const [i, v] of got.values.entries()) assert.ok(Math.abs(v - expected.values[i]) < 2e-7, `${threshold}: ${i}`)
        counts.add(got.shape[0])
      }
    }
    assert.ok(counts.size > 2, 'thresholds that say different things')
    await plain.dispose()
  })

  on('"less" is strict', async (b) => {
    const x = Tensor.from(b, Float32Array.of(0.5, 0.75, 1), [3])
    const out = less(x, 0.75)
    assert.deepEqual([...(await out.floats())], [1, 0, 0])
    for (const t of [x, out]) t.dispose()
  })

  // 4 × 4 cells, the left half attends as A, the right half as B.
  const [a, b] = [distributions(1, 16, 21), distributions(1, 16, 22)]
  const halves = Float32Array.from({ length: 256 }, (_, i) => ((i >> 4) % 4 < 2 ? a : b)[i % 16])
  const apart = symmetricKl(a, b)

  const mergeAndRead = async (map: BandedMap, thresholds: number[], anchors = 2) => {
    const proposals = await merge(map, { thresholds, anchors })
    const values = await proposals.floats()
    const count = proposals.shape[0]
    proposals.dispose()
    return Array.from({ length: count }, (_, i) => row(values, i, proposals.shape[1]))
  }
  const same = (got: ArrayLike<number>, expected: ArrayLike<number>) =>
    assert.ok(Array.from(got).every((v, i) => Math.abs(v - expected[i]) < 1e-5))

  on('one, two and three rounds', async () => {
    const map = square(4, halves)
    const t = apart / 2
    // One round: a proposal for every anchor (the corners), however alike.
    const first = await mergeAndRead(map, [t])
    assert.equal(first.length, 4)
    for (const [i, expected] of [a, b, a, b].entries()) same(first[i], expected)
    for (const thresholds of [
      [t, t],
      [t, t, t],
    ]) {
      const proposals = await mergeAndRead(map, thresholds)
      assert.equal(proposals.length, 2)
      same(proposals[0], a)
      same(proposals[1], b)
    }
    map.dispose()
  })

  on('an infinite threshold leaves one proposal, the mean of all maps', async () => {
    const map = square(4, halves)
    for (const thresholds of [
      [Infinity, Infinity],
      [Infinity, Infinity, Infinity],
    ]) {
      const [proposal, ...others] = await mergeAndRead(map, thresholds)
      assert.equal(others.length, 0)
      same(
        proposal,
        a.map((v, i) => (v + b[i]) / 2),
      )
    }
    map.dispose()
  })

  on('tiny thresholds keep every anchor', async () => {
    const values = distributions(256, 256, 5)
    const map = square(16, values)
    for (const t of [1e-3, 1e-12]) {
      const proposals = await mergeAndRead(map, [t, t, t], 16)
      assert.equal(proposals.length, 256, `${t}`)
      for (const i of [0, 100, 255]) same(proposals[i], row(values, i, 256))
    }
    map.dispose()
  })

  on('a cell of exactly 0 does not keep maps from merging', async () => {
    const withZero = halves.map((v, i) => (i % 16 === 3 ? 0 : v))
    const map = square(4, withZero)
    const proposals = await mergeAndRead(map, [apart / 2, apart / 2])
    assert.equal(proposals.length, 2)
    assert.ok(proposals.every((p) => p.every(Number.isFinite)))
    map.dispose()
  })

  on('thresholds of 0 and below are refused', async () => {
    const map = square(4, halves)
    for (const thresholds of [[], [0], [-1], [0.5, 0], [Number.NaN]])
      await assert.rejects(merge(map, { thresholds, anchors: 2 }), /above 0 a round/)
    map.dispose()
  })

  on('k-means refines proposals to the means of their clusters', async (bk) => {
    const map = square(4, halves)
    const blurred = (x: Float32Array, y: Float32Array) => x.map((v, i) => 0.8 * v + 0.2 * y[i])
    const start = Tensor.from(bk, Float32Array.of(...blurred(b, a), ...blurred(a, b), ...new Float32Array(16).fill(9)), [3, 16])
    const means = await refine(map, start)
    // The third has no members and goes.
    assert.deepEqual(means.shape, [2, 16])
    same(await means.floats(), [...b, ...a])
    for (const t of [start, means, map]) t.dispose()
  })

  on('arg max at the picture’s own size: raw values, ties to the lowest', async (bk) => {
    // 2 × 2 cells; the second wins in the right column, the third ties with the second everywhere.
    const proposals = Tensor.from(bk, Float32Array.of(0.6, 0.2, 0.6, 0.2, 0.4, 0.5, 0.4, 0.5, 0.4, 0.5, 0.4, 0.5), [3, 4])
    const [width, height] = [9, 5]
    const labels = await labelPixels(proposals, { h: 2, w: 2 }, { width, height })
    for (let i = 0; i < labels.length; i++) {
      // Between the cells' centres, at 1/4 and 3/4 of the width, both go linearly from one value to the other.
      const at = Math.min(1, Math.max(0, (((i % width) + 0.5) / width) * 2 - 0.5))
      assert.equal(labels[i], 0.6 - 0.4 * at >= 0.4 + 0.1 * at ? 0 : 1, `pixel ${i}`)
    }
    proposals.dispose()
  })
}
