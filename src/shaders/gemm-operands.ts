/**
 * @file The common part of the two GEMM kernels: out[m,n] = activation(alpha · Σ A(m,k)·B(k,n) +
 * bias[n] + perImage[image,n]) + residual[m,n], its uniforms and bindings.
 *
 * A is either dense, or gathered from an image (an implicit im2col): row m is an output pixel, and
 * the reduction runs over the taps (ky, kx) of the window outside and channels inside, so no index
 * is ever divided in the loop, and four channels never cross a tap. Dense is the case of one tap. B
 * is [n, k] row-major (weights) or [k, n]. *Gated*: B [2n, k] and the bias have a value and a gate
 * for each column of the result, all values first, and out = value · activation(gate); a thread
 * keeps both. Few variants: what may be absent (bias, perImage, residual) is a uniform, and then
 * bound to any buffer and not read.
 */
import type { Activation } from '../tensor/backend.ts'
import type { Binding, Scalar } from './wgsl.ts'

/** The operands of a product, the same for every kernel that can compute it. */
export interface Operands {
  gather: boolean
  transposeB: boolean
  bType: 'f32' | 'f16'
  gated: boolean
  /**
   * An f16 B is read as WGSL's f16, and stays that in workgroup memory; multiplied and added up is
   * in f32 all the same.
   */
  half?: boolean
  activation: Activation
}

/** Which operands are bound as vec4. */
export interface Vectors {
  vecA: boolean
  vecB: boolean
  vecOut: boolean
}

const PARAMS = {
  m: 'u32',
  n: 'u32',
  /** Dense: the reduced length. Gathered: channels. */
  k: 'u32',
  tilesN: 'u32',
  alpha: 'f32',
  aOffset: 'u32',
  aStride: 'u32',
  aBatch: 'u32',
  bOffset: 'u32',
  bStride: 'u32',
  bBatch: 'u32',
  outOffset: 'u32',
  outStride: 'u32',
  outBatch: 'u32',
  hasBias: 'u32',
  hasResidual: 'u32',
} as const

const GATHER_PARAMS = {
  taps: 'u32',
  kw: 'u32',
  height: 'i32',
  width: 'i32',
  outWidth: 'u32',
  outPixels: 'u32',
  stride: 'i32',
  top: 'i32',
  left: 'i32',
  hasPerImage: 'u32',
} as const

/** Name, uniforms and bindings of a product kernel. */
export function productInterface({ gather, bType, gated, half }: Operands, { vecA, vecB, vecOut }: Vectors) {
  const params: Record<string, Scalar> = { ...PARAMS, ...(gather ? GATHER_PARAMS : {}) }
  const bindings: Record<string, Binding> = {
    a: { type: 'f32', vec4: vecA },
    b: { type: bType, vec4: vecB },
    out: { type: 'f32', vec4: vecOut, access: 'read_write' },
    bias: { type: 'f32' },
    residual: { type: 'f32', vec4: vecOut },
    ...(gather ? { perImage: { type: 'f32' } as const } : {}),
  }
  return { name: gated ? 'linearGeglu' : gather ? 'conv2d' : 'matmul', params, bindings, half }
}

/**
 * How many columns of the result a thread has that keeps sums for `columns` columns of B: register
 * c belongs to result column c modulo that, and to the gate from there on. `columns` is even where
 * products are gated.
 */
export function resultColumns({ gated, columns }: { gated: boolean; columns: number }): number {
  return gated ? columns / 2 : columns
}
