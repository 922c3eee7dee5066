/** @file How kernels see tensors: typed arrays over a tensor's storage, in place. */
import type { Tensor } from '../tensor.ts'

/** Values of an f32 tensor, or bit patterns of an f16 one. */
export type Floats = Float32Array | Uint16Array

function buffer(tensor: Tensor): ArrayBuffer {
  return tensor.storage.handle as ArrayBuffer
}

export function f32(tensor: Tensor): Float32Array {
  return new Float32Array(buffer(tensor), 0, tensor.size)
}

export function i32(tensor: Tensor): Int32Array {
  return new Int32Array(buffer(tensor), 0, tensor.size)
}

/** The bit patterns of an f16 tensor. */
export function f16(tensor: Tensor): Uint16Array {
  return new Uint16Array(buffer(tensor), 0, tensor.size)
}

/** A tensor that may be stored as f32 or f16. */
export function floats(tensor: Tensor): Floats {
  return tensor.dtype === 'f16' ? f16(tensor) : f32(tensor)
}
