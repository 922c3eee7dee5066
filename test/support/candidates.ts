/**
 * @file Every way in which the WebGPU backend can compute an op: where kernels are chosen among
 * several, each candidate in turn is made the choice.
 */
import { nameOf } from '../../src/tensor/choices.ts'
import type { WebGpuBackend } from '../../src/tensor/webgpu/backend.ts'
import { type OpCase, runCase } from './cases.ts'

/** More than any kernel has. */
const MOST_CANDIDATES = 12

/** The ops that have several kernels. */
export const OPS_WITH_CANDIDATES = [
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

/** A choice that was made: what was asked, and the answer. */
export interface Chosen {
  key: string
  candidate: string
}

/** Runs a case once for every candidate: what was chosen, and the results. */
export async function* candidateResults(
  gpu: WebGpuBackend,
  c: OpCase,
): AsyncIterable<{ used: readonly Chosen[]; got: Record<string, Float32Array> }> {
  for (let wanted = 0, more = true; more && wanted < MOST_CANDIDATES; wanted++) {
    more = false
    const used: Chosen[] = []
    gpu.tuning.choices.override = (key, candidates) => {
      if (candidates.length > wanted + 1) more = true
      const candidate = candidates[Math.min(wanted, candidates.length - 1)]!
      used.push({ key, candidate: nameOf(candidate) })
      return candidate
    }
    try {
      yield { used, got: await runCase(gpu, c) }
    } finally {
      gpu.tuning.choices.override = undefined
    }
  }
}
