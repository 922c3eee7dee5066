/**
 * @file Every way in which the WebGPU backend can compute an op, against the CPU: where kernels are chosen among several, each
 * candidate in turn is made the choice. The cases of `kernels.test.ts` once more, and larger ones, which reach several tiles and ends that no tile divides.
 *
 * Tolerance as there.
 */
import assert from 'node:assert/strict'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import type { WebGpuBackend } from '../src/tensor/webgpu/backend.ts'
import { webgpu } from './support/backends.ts'
import { candidateResults, OPS_WITH_CANDIDATES } from './support/candidates.ts'
import { cases, f32, type OpCase, opCase, runCase, tensor } from './support/cases.ts'
import { largestDifference } from './support/difference.ts'
import { largeCases } from './support/large-cases.ts'
import { random } from './support/random.ts'

const TOLERANCE = 1e-4

const { open, test, beforeAll, afterAll } = await webgpu()
let gpu: WebGpuBackend
let cpu: Backend
beforeAll(async () => {
  gpu = (await open()) as WebGpuBackend
  cpu = await openBackend('cpu')
})
afterAll(async () => {
  await gpu.dispose()
  await cpu.dispose()
})

/** More tiles than Winograd's transforms work on at a time. */
function severalChunks(): OpCase {
  const rng = random(5)
  const [side, channels, filters] = [163, 32, 300]
  return opCase(
    'conv2d',
    { x: tensor(rng, [1, side, side, channels]), weight: tensor(rng, [filters, 3, 3, channels]) },
    f32([1, side, side, filters]),
    { stride: 1, top: 1, left: 1, activation: 'none' },
  )
}

const all = [...cases(random(11)), ...largeCases(random(12)), severalChunks()]

for (const op of OPS_WITH_CANDIDATES)
  test(`every candidate of ${op} equals the CPU's result`, async () => {
    const tried = new Set<string>()
    for (const c of all.filter((c) => c.op === op)) {
      const expected = await runCase(cpu, c)
      for await (const { used, got } of candidateResults(gpu, c)) {
        for (const { key, candidate } of used) tried.add(`${key.split(' ')[0]} ${candidate}`)
        for (const [name, values] of Object.entries(expected)) {
          const error = largestDifference(values, got[name])
          const chosen = used.map(({ key, candidate }) => `${key}: ${candidate}`).join('; ')
          assert.ok(error <= TOLERANCE, `${op} ${c.name} (${chosen}): ${name} differs by ${error}`)
        }
      }
    }
    assert.ok(tried.size > 1, `several ways: ${[...tried].join(', ')}`)
  })
