/** @file How near a kernel's result must be to its definition (`definitions.ts`). */
import assert from 'node:assert/strict'
import type { OpName } from '../../src/tensor/backend.ts'
import type { OpCase } from './cases.ts'

/**
 * Tolerances in units of the tensor's largest |value|, at least 1. Plain TypeScript computes in f64 and rounds to f32 once or, where
 * an op adds to what is there, twice: 2⁻²⁴ = 6e-8 each. The others sum in f32, in another order, which explains about 1e-6; WGSL grants `exp`, `log` and division some ulps more. The rest is
 * room for adapters with worse ones, and a wrong index is far above it.
 */
export const TOLERANCE = { plain: 1.3e-7, wasm: 1e-5, webgpu: 1e-4 } as const

/** Ops that only move numbers, or store them in another type: their results are exact. */
const MOVES: readonly OpName[] = ['upsampleNearest', 'concat', 'permute', 'slice', 'gatherRows', 'fill', 'cast']
/** Functions that choose among numbers. */
const CHOOSE: readonly unknown[] = ['max', 'min', 'argmax', 'argmin', 'less']

/** Fails where a result of a case differs from its definition by more than the tolerance. */
export function near(
  c: OpCase,
  by: string,
  defined: Record<string, Float64Array>,
  got: Record<string, Float32Array>,
  tolerance: number,
): void {
  const exact = MOVES.includes(c.op) || CHOOSE.includes(c.args['fn']) || c.outputs['out'].dtype === 'i32'
  for (const [name, values] of Object.entries(defined)) {
    assert.equal(got[name].length, values.length, `${c.name}: values of ${name}`)
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1)
    const wrong = exact
      ? values.findIndex((v, i) => Math.fround(v) !== got[name][i])
      : values.findIndex((v, i) => !(Math.abs(v - got[name][i]) <= tolerance * largest))
    assert.ok(wrong < 0, `${c.name} (${by}): ${name}[${wrong}] is ${got[name][wrong]}, by its definition ${values[wrong]}`)
  }
}
