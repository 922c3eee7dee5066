/** @file Reductions along one axis, and row-wise dot products. */
import type { Reduction } from '../backend.ts'
import { checkShape } from '../shape.ts'
import { Tensor } from '../tensor.ts'
import { around } from './layout.ts'

/** Reduces one axis away. `argmax` and `argmin` give i32 indices, the lowest on ties. */
export function reduce(x: Tensor, fn: Reduction, axis = -1): Tensor {
  const [outer, length, inner] = around(x.shape, axis)
  const at = axis < 0 ? x.shape.length + axis : axis
  const out = Tensor.empty(
    x.backend,
    x.shape.filter((_, i) => i !== at),
    fn.startsWith('arg') ? 'i32' : 'f32',
    fn,
  )
  x.backend.run('reduce', { x, out, fn, outer, length, inner })
  return out
}

/** a, b [rows, C] → [rows]: the dot product of every pair of rows. */
export function rowDot(a: Tensor, b: Tensor): Tensor {
  checkShape('rowDot', 'b', b.shape, a.shape)
  const out = Tensor.empty(a.backend, [a.shape[0]!], 'f32', 'rowDot')
  a.backend.run('rowDot', { a, b, out })
  return out
}
