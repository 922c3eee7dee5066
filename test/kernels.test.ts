/**
 * @file Every WGSL kernel against the CPU backend, over the random shapes of `support/cases.ts`.
 *
 * Tolerance: |a − b| ≤ 1e-4 · max(1, largest |value| of the tensor). f32 sums of a few thousand terms in another order, and the ulps that
 * WGSL grants `exp`, `log` and division, explain errors of about 1e-6; 1e-4 leaves room for adapters with worse ones and catches every wrong index.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { backends } from './support/backends.ts'
import type { OpCase } from './support/cases.ts'
import { cases, runCase } from './support/cases.ts'
import { random } from './support/random.ts'

const TOLERANCE = 1e-4

const webgpu = (await backends()).find((b) => b.name === 'webgpu')
const all = [...cases(random(7)), ...cases(random(8))]
const byOp = group(all)

function group(list: OpCase[]): Map<string, OpCase[]> {
  const map = new Map<string, OpCase[]>()
  for (const c of list) map.set(c.op, [...(map.get(c.op) ?? []), c])
  return map
}

// One device for all ops, so that no pipeline is compiled twice.
const cpu = createCpuBackend()
const gpu = await webgpu?.open()
after(() => gpu?.dispose())

for (const [op, list] of byOp)
  test(`webgpu equals cpu: ${op}, ${list.length} cases`, { skip: gpu ? false : 'no WebGPU adapter' }, async () => {
    for (const c of list) {
      const expected = await runCase(cpu, c)
      const got = await runCase(gpu!, c)
      for (const [name, values] of Object.entries(expected)) {
        const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
        values.forEach((v, i) => {
          const error = Math.abs(v - got[name][i]) / largest
          assert.ok(error <= TOLERANCE, `${op} ${c.name}: ${name}[${i}] is ${got[name][i]}, expected ${v}`)
        })
      }
    }
  })
