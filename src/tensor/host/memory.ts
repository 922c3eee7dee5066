/** @file Tensors as kernels see them: typed arrays over their storage, in place. */
import type { Tensor } from '../tensor.ts'
import type { Block } from './engine.ts'

/** Values of an f32 tensor, or bit patterns of an f16 one. */
export type Floats = Float32Array | Uint16Array

/** The memory of a tensor of a CPU backend. */
export function blockOf(tensor: Tensor): Block {
  return tensor.storage.handle as Block
}

export function f32(tensor: Tensor): Float32Array {
  const { buffer, offset } = blockOf(tensor)
  return new Float32Array(buffer, offset, tensor.size)
}

export function i32(tensor: Tensor): Int32Array {
  const { buffer, offset } = blockOf(tensor)
  return new Int32Array(buffer, offset, tensor.size)
}

/** The bit patterns of an f16 tensor. */
export function f16(tensor: Tensor): Uint16Array {
  const { buffer, offset } = blockOf(tensor)
  return new Uint16Array(buffer, offset, tensor.size)
}

/** A tensor that may be stored as f32 or f16. */
export function floats(tensor: Tensor): Floats {
  return tensor.dtype === 'f16' ? f16(tensor) : f32(tensor)
}
