/** @file What the page keeps of attention, and what it asks the worker for: whole maps where they are small, cells where they are not. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { type AskWorker, AttentionSource } from '../../explorer/panels/look/attention-source.ts'
import { ByteCache } from '../../explorer/panels/look/byte-cache.ts'
import type { Chosen } from '../../explorer/panels/look/chosen.ts'
import { Levels } from '../../explorer/panels/look/levels.ts'
import { SegmentShares } from '../../explorer/panels/look/segment-shares.ts'

test('what was used longest ago goes first', () => {
  const cache = new ByteCache(40)
  const four = () => new Float32Array(4)
  cache.set('a', four())
  cache.set('b', four())
  assert.ok(cache.get('a'))
  cache.set('c', four())
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key) !== undefined),
    [true, false, true],
  )
  assert.equal(cache.bytes, 32)
  cache.set('a', new Float32Array(2))
  assert.equal(cache.bytes, 24, 'in place of what it was')
  cache.set('large', new Float32Array(100))
  assert.deepEqual([cache.bytes, cache.get('large')?.length, cache.get('c')], [400, 100, undefined])
})

const GRID = { h: 2, w: 3 }
const chosen = (some: Partial<Chosen> = {}): Chosen => ({
  ...{
    kind: 'layer',
    self: { layers: ['a'] },
    cross: { layers: ['b'] },
    key: 'a',
    grid: GRID,
    crossGrid: GRID,
    heads: 2,
    direction: 'from',
  },
  ...some,
})
const value = (query: number, key: number) => query + key / 10

interface Bench {
  source: AttentionSource
  asked: [string, { direction?: string; x?: number }][]
  /** Answers the oldest question. */
  answer(): Promise<void>
  faults: string[]
  known: number
}

/** A worker that answers when it is told to. */
function bench(whole?: number): Bench {
  const waiting: { call: string; ask: Record<string, number>; resolve(answer: unknown): void; reject(error: Error): void }[] = []
  const ask: AskWorker = (call, ask) => {
    made.asked.push([call, ask as never])
    return new Promise((resolve, reject) => waiting.push({ call, ask: ask as never, resolve: resolve as never, reject }))
  }
  const made: Bench = {
    ...{ asked: [], faults: [], known: 0 },
    source: new AttentionSource(ask, { onKnown: () => made.known++, onFault: (message) => made.faults.push(message), whole }),
    async answer() {
      const { call, ask, resolve, reject } = waiting.shift()!
      if (ask['head'] === 9) reject(new Error('no such head'))
      else if (call === 'meanMap') resolve({ values: Float32Array.from({ length: 36 }, (_, i) => value(Math.floor(i / 6), i % 6)) })
      else
        resolve({
          grid: GRID,
          values: Float32Array.from({ length: 6 }, (_, i) =>
            (ask['direction'] as unknown) === 'from' ? value(ask['x'], i) : value(i, ask['x']),
          ),
        })
      await new Promise((done) => setTimeout(done))
    },
  }
  return made
}

const close = (values: Float32Array, expected: number[]) => assert.deepEqual(Array.from(values), Array.from(Float32Array.from(expected)))
const row = [0, 1, 2, 3, 4, 5].map((key) => value(4, key))
const column = [0, 1, 2, 3, 4, 5].map((query) => value(query, 4))

test('a small map comes once, and answers both directions of every cell', async () => {
  const { source, asked, answer } = bench()
  const out = new Float32Array(6)
  assert.equal(source.read(chosen(), 4, { x: 4, y: 0 }, out), false)
  assert.equal(source.read(chosen(), 1, { x: 1, y: 0 }, out), false)
  assert.ok(source.isBusy)
  await answer()
  assert.ok(!source.isBusy)
  assert.ok(source.read(chosen(), 4, { x: 4, y: 0 }, out))
  close(out, row)
  assert.ok(source.read(chosen({ direction: 'to' }), 4, { x: 4, y: 0 }, out))
  close(out, column)
  assert.deepEqual(
    asked.map(([call]) => call),
    ['meanMap'],
  )
})

test('of a large map cells come one by one; those that were passed meanwhile are not asked for', async () => {
  const made = bench(6 * 6 * 4 - 1)
  const { source, asked, answer } = made
  const out = new Float32Array(6)
  for (const cell of [1, 2, 3, 4]) assert.equal(source.read(chosen(), cell, { x: cell, y: 0 }, out), false)
  await answer()
  await answer()
  assert.deepEqual(
    asked.map(([call, { x }]) => [call, x]),
    [
      ['meanCell', 1],
      ['meanCell', 4],
    ],
  )
  assert.equal(made.known, 2)
  assert.ok(source.read(chosen(), 4, { x: 4, y: 0 }, out))
  close(out, row)
  assert.equal(source.read(chosen({ direction: 'to' }), 4, { x: 4, y: 0 }, out), false)
  await answer()
  assert.ok(source.read(chosen({ direction: 'to' }), 4, { x: 4, y: 0 }, out))
  close(out, column)
})

test('a question that failed is told once; another look forgets everything', async () => {
  const { source, asked, answer, faults } = bench()
  const out = new Float32Array(6)
  const wrong = chosen({ key: 'wrong', self: { layers: ['a'], head: 9 } })
  source.read(wrong, 0, { x: 0, y: 0 }, out)
  await answer()
  assert.equal(source.read(wrong, 0, { x: 0, y: 0 }, out), false)
  assert.deepEqual([faults, asked.length], [['no such head'], 1])
  source.read(chosen(), 0, { x: 0, y: 0 }, out)
  source.reset(2)
  await answer()
  assert.equal(source.read(chosen(), 0, { x: 0, y: 0 }, out), false, 'an answer about the look before')
  assert.equal(asked.length, 3)
})

test('shares of segments count pixels of cells that lie in several', () => {
  // Two cells of 2 × 2 pixels; label 2 has a quarter of the first and all of the second.
  const labels = Uint16Array.from([1, 1, 2, 2, 1, 2, 2, 2])
  const shares = new SegmentShares({ labels, segments: Array(2) as never, width: 4, height: 2 }, { h: 1, w: 2 })
  const out = shares.buffer()
  assert.equal(shares.sum([3, 1], out), 1)
  assert.deepEqual([out[1], out[2]], [0.5625, 0.4375])
  assert.equal(shares.sum([0, 0], out), 0)
})

test('levels: the end of the scale, and the cells that hold a quarter', () => {
  const values = Float32Array.from({ length: 101 }, (_, i) => i)
  const { end, quarter } = new Levels().of(values)
  assert.equal(end, 99)
  // 100 + 99 + … + 88 = 1222 is less than a quarter of 5050, which is 1262.5; with 87 it is more.
  assert.equal(quarter, 87)
  assert.equal(new Levels().of(new Float32Array(4)).quarter, Number.POSITIVE_INFINITY)
})
