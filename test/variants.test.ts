/**
 * @file Every way in which the WebGPU backend can compute an op: where kernels are chosen among several, each candidate is made the
 * choice, in a test of its own name. The cases of `kernels.test.ts` once more, and larger ones, which reach several tiles and ends that
 * no tile divides. Results are compared with the CPU's.
 *
 * Tolerance as there; of products in f16, operands are rounded by up to 2⁻¹¹ = 4.9e-4 each, and so are four products and their sum. That
 * errs by 5e-4 of the largest value as a rule, by 4e-3 between Winograd's transforms, which enlarge it: 1e-2 is twice the most that was seen.
 */
import assert from 'node:assert/strict'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import type { WebGpuBackend } from '../src/tensor/webgpu/backend.ts'
import { webgpu } from './support/backends.ts'
import { cases, f32, type OpCase, opCase, runCase, tensor } from './support/cases.ts'
import { largestDifference } from './support/difference.ts'
import { candidateName, chooseForced, IN_HALVES, variantsOf } from './support/kernel-variants.ts'
import { largeCases } from './support/large-cases.ts'
import { random } from './support/random.ts'

const TOLERANCE = 1e-4
const HALF_TOLERANCE = 1e-2
const MOST_IN_HALVES = 6

const { test, beforeAll, afterAll } = await webgpu()
let gpu: WebGpuBackend
let cpu: Backend
beforeAll(async () => {
  gpu = (await openBackend('webgpu', { arithmetic: 'auto' })) as WebGpuBackend
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

/** What the CPU makes of a case: once for all variants. */
const expectations = new Map<OpCase, Record<string, Float32Array>>()
async function expected(c: OpCase): Promise<Record<string, Float32Array>> {
  const values = expectations.get(c) ?? (await runCase(cpu, c))
  expectations.set(c, values)
  return values
}

const variants = await variantsOf([...cases(random(11)), ...largeCases(random(12)), severalChunks()])

for (const { name, cases } of variants)
  test(`${name} (${cases.length} cases)`, async (context) => {
    const [question, candidate] = name.split(': ')
    const inHalves = candidate.endsWith(IN_HALVES)
    const tolerance = inHalves ? HALF_TOLERANCE : TOLERANCE
    // The texts are those of f32, which go through all cases: some will do, from the first to the last.
    const step = inHalves ? Math.ceil(cases.length / MOST_IN_HALVES) : 1
    let used = 0
    for (const { c, forced } of cases.filter((_, i) => i % step === 0)) {
      gpu.tuning.choices.override = chooseForced(new Map(forced), (key, chosen) => {
        if (key.split(' ')[0] === question && candidateName(chosen) === candidate) used++
      })
      const got = await runCase(gpu, c).finally(() => {
        gpu.tuning.choices.override = undefined
      })
      // What one case does not offer on this adapter, none does.
      if (used === 0) context.skip('not on this adapter')
      for (const [output, values] of Object.entries(await expected(c))) {
        const error = largestDifference(values, got[output])
        assert.ok(error <= tolerance, `${c.name}: ${output} differs by ${error}`)
      }
    }
  })
