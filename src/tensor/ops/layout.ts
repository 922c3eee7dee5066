/**
 * @file Moving numbers: concatenation, transposition, slices, gathering, filling, storage
 * conversion.
 */
import { check } from '../../errors.ts'
import { BYTES, type DType, type Shape, show, sizeOf } from '../shape.ts'
import { Tensor } from '../tensor.ts'

/** Splits a shape around an axis into [product before, length, product after]. */
export function around(shape: Shape, axis: number): [outer: number, length: number, inner: number] {
  const at = axis < 0 ? shape.length + axis : axis
  check(at >= 0 && at < shape.length, () => ({ what: 'axis', expected: `0 … ${shape.length - 1} for ${show(shape)}`, got: `${axis}` }))
  return [sizeOf(shape.slice(0, at)), shape[at]!, sizeOf(shape.slice(at + 1))]
}

/** Joins a and b along `axis` (default: channels); all other lengths must agree. */
export function concat(a: Tensor, b: Tensor, axis = -1): Tensor {
  const at = axis < 0 ? a.shape.length + axis : axis
  const [outer, la, inner] = around(a.shape, at)
  const lb = b.shape[at] ?? 0
  const shape = a.shape.map((d, i) => (i === at ? la + lb : d))
  check(a.shape.length === b.shape.length && a.shape.every((d, i) => i === at || d === b.shape[i]), () => ({
    what: 'concat',
    where: `axis ${axis}`,
    expected: `shapes that differ on that axis only`,
    got: `${show(a.shape)} and ${show(b.shape)}`,
  }))
  const out = Tensor.empty(a.backend, shape, 'f32', 'concat')
  const rowsA = a.reshape([outer, la * inner])
  const rowsB = b.reshape([outer, lb * inner])
  a.backend.run('concat', { a: rowsA, b: rowsB, out })
  rowsA.dispose()
  rowsB.dispose()
  return out
}

/** Transposes: axis j of the result is axis axes[j] of x (as NumPy's `transpose`); up to 4 axes. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  check(axes.length === x.shape.length && axes.length <= 4 && [...axes].sort().every((a, i) => a === i), () => ({
    what: 'permute',
    expected: `each axis of ${show(x.shape)} once, at most 4`,
    got: show(axes),
  }))
  const out = Tensor.empty(
    x.backend,
    axes.map((a) => x.shape[a]!),
    'f32',
    'permute',
  )
  x.backend.run('permute', { x, out, axes })
  return out
}

/** Entries `start` … `start + count − 1` of one axis, copied. */
export function slice(x: Tensor, axis: number, start: number, count: number): Tensor {
  const [outer, length, inner] = around(x.shape, axis)
  check(start >= 0 && count > 0 && start + count <= length, () => ({
    what: 'slice',
    where: `axis ${axis} of ${show(x.shape)}`,
    expected: `a range inside 0 … ${length}`,
    got: `${start} … ${start + count}`,
  }))
  const at = axis < 0 ? x.shape.length + axis : axis
  const out = Tensor.empty(
    x.backend,
    x.shape.map((d, i) => (i === at ? count : d)),
    'f32',
    'slice',
  )
  x.backend.run('slice', { x, out, outer, length, inner, start, count })
  return out
}

/** Rows of a table [R, C] (f32 or f16) by index: → [indices, C]. */
export function gatherRows(table: Tensor, indices: ArrayLike<number>): Tensor {
  const [rows, channels] = table.shape as [number, number]
  for (let i = 0; i < indices.length; i++)
    check(indices[i]! >= 0 && indices[i]! < rows, () => ({
      what: 'gatherRows',
      expected: `an index below ${rows}`,
      got: `${indices[i]}`,
    }))
  const index = Tensor.from(table.backend, Int32Array.from(indices), [indices.length], 'indices')
  const out = Tensor.empty(table.backend, [indices.length, channels], 'f32', 'gatherRows')
  table.backend.run('gatherRows', { table, indices: index, out })
  index.dispose()
  return out
}

/** A new f32 tensor, every element `value`. */
export function full(like: Tensor['backend'], shape: Shape, value: number, label = 'full'): Tensor {
  const out = Tensor.empty(like, shape, 'f32', label)
  like.run('fill', { out, value })
  return out
}

/** The same numbers in another storage type (f32 or f16). */
export function cast(x: Tensor, dtype: Exclude<DType, 'i32'>): Tensor {
  check(x.dtype !== 'i32', () => ({ what: 'cast', expected: 'f32 or f16', got: `i32 (${BYTES.i32} bytes)` }))
  const out = Tensor.empty(x.backend, x.shape, dtype, 'cast')
  x.backend.run('cast', { x, out })
  return out
}
