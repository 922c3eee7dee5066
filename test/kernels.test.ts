/**
 * @file Every WGSL kernel against the definition of its op (`support/definitions.ts`), over the random shapes of
 * `support/cases.ts`; tolerances are those of `support/compare.ts`.
 */
import type { Backend } from '../src/tensor/backend.ts'
import { webgpu } from './support/backends.ts'
import type { OpCase } from './support/cases.ts'
import { cases, runCase } from './support/cases.ts'
import { near, TOLERANCE } from './support/compare.ts'
import { defined } from './support/definitions.ts'
import { random } from './support/random.ts'

const { open, test, beforeAll, afterAll } = await webgpu()
const all = [...cases(random(7)), ...cases(random(8))]
const byOp = group(all)

function group(list: OpCase[]): Map<string, OpCase[]> {
  const map = new Map<string, OpCase[]>()
  for (const c of list) map.set(c.op, [...(map.get(c.op) ?? []), c])
  return map
}

// One device for all ops, so that no pipeline is compiled twice.
let gpu: Backend
beforeAll(async () => {
  gpu = await open()
})
afterAll(() => gpu.dispose())

for (const [op, list] of byOp)
  test(`webgpu computes ${op} as it is defined, ${list.length} cases`, async () => {
    for (const c of list) near(c, 'webgpu', defined(c), await runCase(gpu, c), TOLERANCE.webgpu)
  })
