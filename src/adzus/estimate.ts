/**
 * @file What a model needs on a device, by a dry run before anything of it is loaded, and whether a device has it.
 *
 * WebGPU does not say how much memory an adapter has, only how much it binds at once; the total is compared with the machine's memory where that is what the
 * device uses.
 */
import { exceeding, memorySize } from '../messages.ts'
import type { Backend } from '../tensor/index.ts'

export interface Estimate {
  /** Bytes of the weights on the device. */
  weights: number
  /** Highest memory in use by tensors, weights included, up to the first round of merging. */
  peak: number
  largest: { bytes: number; label: string }
}

/** Why a model does not fit a device, or undefined. `memory`: bytes that the device can have in all, where that is known. */
export function misfit(
  { weights, peak, largest }: Estimate,
  { maxTensorBytes, reach }: Pick<Backend, 'maxTensorBytes' | 'reach'>,
  memory?: number,
): { expected: string; got: string } | undefined {
  if (largest.bytes > maxTensorBytes)
    return {
      expected: `tensors of at most ${memorySize(maxTensorBytes)}`,
      got: `${exceeding(largest.bytes, maxTensorBytes)} for ${largest.label}`,
    }
  if (memory !== undefined && peak > memory) return { expected: `at most ${memorySize(memory)} of memory`, got: exceeding(peak, memory) }
  const near = peak - weights + Math.min(weights, reach?.weights ?? 0)
  if (reach && near > reach.bytes)
    return { expected: `at most ${memorySize(reach.bytes)} that can be addressed`, got: exceeding(near, reach.bytes) }
  return undefined
}
