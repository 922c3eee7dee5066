/** @file The simulation of many tasks (`npm run bench -- fleet`): what is known without it. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { bestChunk, type Fleet, simulate } from '../bench/fleet-model.ts'

/** Nothing goes wrong, nothing varies. */
const QUIET: Fleet = {
  pictures: 1000,
  slots: 1,
  chunk: 100,
  start: 2,
  picture: 0.5,
  spread: 0,
  weights: 100,
  disk: 100,
  latency: 3,
  stragglers: 0,
  slowness: 1,
  kills: 0,
  requeue: 0,
  seed: 1,
}

const near = (got: number, expected: number, part = 1e-9) =>
  assert.ok(Math.abs(got - expected) <= part * expected, `${got}, not ${expected}`)

test('one task after the other: starts, weights and pictures add up', () => {
  const { duration, held, useful, killed, picturesAnHour } = simulate(QUIET)
  near(duration, 10 * (3 + 2 + 1) + 500)
  near(held, duration)
  near(useful, 500 / 560)
  near(picturesAnHour, 3_600_000 / 560)
  assert.equal(killed, 0)
})

test('tasks that begin together share the disk', () => {
  // The last of ten reads among all of them.
  near(simulate({ ...QUIET, slots: 10 }).duration, 3 + 2 + 10 + 50)
  near(simulate({ ...QUIET, slots: 10, weights: 0 }).duration, 3 + 2 + 50)
})

test('kills, slow machines and spread cost what they must', () => {
  const kills = simulate({ ...QUIET, kills: 36, requeue: 10 })
  // 36 an hour in 500 s of pictures is about 5; each costs half a picture, a start, the weights and the wait.
  assert.ok(kills.killed > 0)
  near(kills.duration, 560 + kills.killed * (0.25 + 10 + 2 + 1))
  near(kills.held, kills.duration - 10 * kills.killed)
  near(simulate({ ...QUIET, stragglers: 1, slowness: 3 }).duration, 10 * (3 + 6 + 1) + 1500)
  near(simulate({ ...QUIET, spread: 0.5, pictures: 20_000 }).duration, 20 * 560, 0.03)
  assert.deepEqual(simulate({ ...QUIET, spread: 0.5 }), simulate({ ...QUIET, spread: 0.5 }))
})

test('the chunk that is best on paper is nearly as good as any that is tried', () => {
  // Where pictures and machines differ, no size of tasks comes out even.
  const fleet = { ...QUIET, pictures: 10_000, slots: 20, weights: 0, spread: 0.5, stragglers: 0.1, slowness: 2 }
  const best = simulate({ ...fleet, chunk: bestChunk(fleet) }).duration
  for (const chunk of [1, 3, 10, 30, 50, 100, 250]) assert.ok(best <= 1.1 * simulate({ ...fleet, chunk }).duration, `${chunk}`)
})
