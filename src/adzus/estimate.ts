/**
 * @file What a model needs on a device, by a dry run before anything of it is loaded, and whether a
 * device has it.
 *
 * WebGPU does not say how much memory an adapter has, only how much it binds at once; the total is
 * compared with the machine's memory where that is what the device uses.
 */
import { isRecord, must } from '../arguments.ts'
import { exceeding, memorySize } from '../messages.ts'
import type { Backend } from '../tensor/index.ts'

/** What a model needs on a device, in bytes. */
export interface Estimate {
  /** Bytes of the weights on the device. */
  weights: number
  /** Highest memory in use by tensors, weights included, up to the first round of merging. */
  peak: number
  largest: { bytes: number; label: string }
}

/**
 * Why a model does not fit a device, or undefined. `memory`: bytes that the device can have in all,
 * where that is known.
 * @example
 * const fault = misfit(await Adzus.estimate('path/to/model', backend), backend)
 */
export function misfit(
  estimate: Estimate,
  device: Pick<Backend, 'maxTensorBytes' | 'addressLimit'>,
  memory?: number,
): { expected: string; got: string } | undefined {
  must('estimate', isRecord(estimate) && isRecord(estimate.largest), 'what Adzus.estimate gives', estimate)
  must('device', isRecord(device), 'a backend, or { maxTensorBytes }', device)
  const { weights, peak, largest } = estimate
  const { maxTensorBytes, addressLimit } = device
  if (largest.bytes > maxTensorBytes)
    return {
      expected: `tensors of at most ${memorySize(maxTensorBytes)}`,
      got: `${exceeding(largest.bytes, maxTensorBytes)} for ${largest.label}`,
    }
  if (memory !== undefined && peak > memory) return { expected: `at most ${memorySize(memory)} of memory`, got: exceeding(peak, memory) }
  const near = peak - weights + Math.min(weights, addressLimit?.weights ?? 0)
  if (addressLimit && near > addressLimit.bytes)
    return { expected: `at most ${memorySize(addressLimit.bytes)} that can be addressed`, got: exceeding(near, addressLimit.bytes) }
  return undefined
}
