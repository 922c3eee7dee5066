/**
 * @file How a result is compared with its reference: errors, tolerances, and the turn from channels-first files to channels-last tensors.
 *
 * Tolerance 2e-4: sums of thousands of f32 products in another order than PyTorch's, through a hundred layers, leave errors of some 1e-5 on values of
 * order 1 to 10. It is absolute for values up to 1 and relative to the largest value of the tensor beyond (`scaledError`). Labels: at most 0.1 % of pixels may
 * differ (ties and divergences within rounding of a threshold).
 */
import { type Backend, permute, Tensor } from '../../src/tensor/index.ts'
import type { Golden } from './goldens.ts'

export const TOLERANCE = 2e-4
export const LABEL_TOLERANCE = 1e-3
export type Report = (quantity: string, error: number, tolerance: number) => void

/** The largest |a − b|; Infinity where lengths differ. */
export function maxError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let error = 0
  // Written so that a NaN on either side stays.
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i])
    if (!(d <= error)) error = d
  }
  return error
}

/** The largest error, relative to the reference's largest value where that is above 1; Infinity where there is no result. */
export function scaledError(a: Float32Array | undefined, reference: Float32Array): number {
  return a ? maxError(a, reference) / Math.max(1, largest(reference)) : Infinity
}

export const largest = (a: Float32Array) => a.reduce((m, v) => Math.max(m, Math.abs(v)), 0)

/** The share of unequal entries. */
export function differing(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let count = 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++
  return count / a.length
}

/** Channels-first goldens to channels-last tensors, and back. */
export async function toNHWC(golden: Golden, name: string, backend: Backend): Promise<Tensor> {
  const x = Tensor.from(backend, await golden.floats(name), golden.shape(name), name)
  const out = permute(x, [0, 2, 3, 1])
  x.dispose()
  return out
}

export async function compareNHWC(x: Tensor, golden: Golden, name: string, report: Report): Promise<void> {
  const turned = permute(x, [0, 3, 1, 2])
  report(name, scaledError(await turned.floats(), await golden.floats(name)), TOLERANCE)
  turned.dispose()
}
