/**
 * @file The context in which an op becomes dispatches.
 */

import { ELEMENT_GROUP } from '../../shaders/each.ts'
import { fold, type Shader } from '../../shaders/kernel.ts'
import type { WorkgroupReduction } from '../../shaders/workgroup-reduce.ts'
import type { Choose } from '../choices.ts'
import type { Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Traits } from '../traits.ts'

export interface Dispatch {
  shader: Shader
  tensors: Tensor[]
  /** Values of the shader's uniforms, by name. */
  params: Record<string, number>
  groups: readonly [number, number, number]
}

export interface Context {
  readonly traits: Traits
  readonly choose: Choose
  /** The most bytes of a temporary. */
  readonly maxTensorBytes: number
  dispatch(dispatch: Dispatch): void
  /** An f32 tensor that lives until the op has been recorded. */
  temporary(shape: Shape): Tensor
}

/** Dispatches an element-wise kernel over `size` numbers, or fours of numbers. */
export function dispatchEach(
  { dispatch }: Context,
  shader: Shader,
  tensors: Tensor[],
  size: number,
  params: Dispatch['params'] = {},
): void {
  dispatch({ shader, tensors, params: { size, ...params }, groups: fold(Math.ceil(size / ELEMENT_GROUP)) })
}

/**
 * Candidates that multiply in f32, and those that multiply in f16 where the adapter can and its
 * user allows it: `f16` puts these first, `auto` leaves the choice to the tuner.
 */
export function withHalfProducts<T>({ half, arithmetic = 'f32' }: Traits, full: readonly T[], halves: readonly T[]): readonly T[] {
  if (!half || arithmetic === 'f32') return full
  return arithmetic === 'f16' ? [...halves, ...full] : [...full, ...halves]
}

/** A length to the next power of two: what is fastest hardly depends on it more exactly. */
export function lengthClass(length: number): number {
  return 2 ** Math.ceil(Math.log2(length))
}

/** The workgroup reduction for the kernel of that name over rows of that length. */
export function reductionFor(name: string, length: number, { traits, choose }: Context): WorkgroupReduction {
  if (traits.lanes === 0) return { kind: 'tree' }
  const subgroup: WorkgroupReduction = { kind: 'subgroup', lanes: traits.lanes }
  const ways: WorkgroupReduction[] = traits.software ? [subgroup, { kind: 'tree' }] : [{ kind: 'tree' }, subgroup]
  return choose(`${name} of ${lengthClass(length)}`, ways)
}
