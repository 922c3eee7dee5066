/** @file Tensors as kernels see them: typed arrays over their storage, in place. */
import { halfToFloat } from '../half.ts'
import type { Tensor } from '../tensor.ts'
import type { Block } from './engine.ts'

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

/** The values of a tensor that may be stored as f16, which is widened into an array of its own. */
export function decoded(tensor: Tensor): Float32Array {
  return tensor.dtype === 'f16' ? halfToFloat(f16(tensor)) : f32(tensor)
}
