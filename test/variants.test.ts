/**
 * @file Every way in which the WebGPU backend can compute an op, against the CPU: where kernels are chosen among several, each
 * candidate in turn is made the choice. The cases of `kernels.test.ts` once more, and larger ones, which reach several tiles and ends that no tile divides.
 *
 * Tolerance as there.
 */
import assert from 'node:assert/strict'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { nameOf } from '../src/tensor/choices.ts'
import type { WebGpuBackend } from '../src/tensor/webgpu/backend.ts'
import { webgpu } from './support/backends.ts'
import { cases, f32, type OpCase, opCase, runCase, tensor } from './support/cases.ts'
import { largestDifference } from './support/difference.ts'
import { largeCases } from './support/large-cases.ts'
import { random } from './support/random.ts'

const TOLERANCE = 1e-4
/** More than any kernel has. */
const MOST_CANDIDATES = 12
const OPS = [
  'matmul',
  'linearGeglu',
  'conv2d',
  'attention',
  'attentionMap',
  'groupNorm',
  'layerNorm',
  'softmax',
  'rowDot',
  'reduce',
  'aggregateMap',
] as const

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

for (const op of OPS)
  test(`every candidate of ${op} equals the CPU's result`, async () => {
    const tried = new Set<string>()
    for (const c of all.filter((c) => c.op === op)) {
      const expected = await runCase(cpu, c)
      for (let wanted = 0, more = true; more && wanted < MOST_CANDIDATES; wanted++) {
        more = false
        const used: string[] = []
        gpu.tuning.choices.override = (key, candidates) => {
          if (candidates.length > wanted + 1) more = true
          const candidate = candidates[Math.min(wanted, candidates.length - 1)]!
          used.push(`${key}: ${nameOf(candidate)}`)
          tried.add(`${key.split(' ')[0]} ${nameOf(candidate)}`)
          return candidate
        }
        const got = await runCase(gpu, c)
        gpu.tuning.choices.override = undefined
        for (const [name, values] of Object.entries(expected)) {
          const error = largestDifference(values, got[name])
          assert.ok(error <= TOLERANCE, `${op} ${c.name} (${used.join('; ')}): ${name} differs by ${error}`)
        }
      }
    }
    assert.ok(tried.size > 1, `several ways: ${[...tried].join(', ')}`)
  })
