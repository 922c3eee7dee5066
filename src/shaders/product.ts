/**
 * @file The common part of the two GEMM kernels, as a text that they import: their uniforms, their
 * bindings, and how numbers of B are stored.
 *
 * Few variants: what may be absent (bias, perImage, residual) is a uniform, and then bound to any
 * buffer and not read.
 */
import type { Activation } from '../tensor/backend.ts'
import type { Constants } from './expression.ts'

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
  /** In which operands are multiplied (default f32); an f16 B is then read as such. */
  products?: 'f32' | 'f16'
  activation: Activation
}

/** Uniforms and bindings of a product; needs the constants that the kernels declare. */
export const product = /* wgsl */ `
struct Params {
  m: u32, // rows of out
  n: u32, // its columns
  k: u32, // length of the sums; of an image, its channels
  tilesN: u32, // tiles of workgroups along n
  alpha: f32,
  aOffset: u32, // where A begins, in numbers
  aStride: u32, // from row to row
  aBatch: u32, // from product to product of the batch
  bOffset: u32, // the same for B
  bStride: u32,
  bBatch: u32,
  outOffset: u32, // and for out and residual
  outStride: u32,
  outBatch: u32,
  hasBias: u32,
  hasResidual: u32,
  hasPerImage: u32,
  taps: u32, // pixels of the window; 1 where A is no image
  kw: u32, // the window's width
  height: i32, // of the image
  width: i32,
  outWidth: u32, // of the result
  outPixels: u32, // of one result
  stride: i32, // of the window
  top: i32, // padding
  left: i32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<StoredA>; // a [batch, m, k] or [images, height, width, k]
@group(0) @binding(2) var<storage, read> b: array<StoredB>; // b [batch, n, taps·k] or [batch, k, n]
@group(0) @binding(3) var<storage, read_write> out: array<StoredOut>; // out [batch, m, n]
@group(0) @binding(4) var<storage, read> bias: array<f32>; // bias [n], values then gates if there are
@group(0) @binding(5) var<storage, read> residual: array<StoredOut>; // residual [batch, m, n]
@group(0) @binding(6) var<storage, read> perImage: array<f32>; // perImage [images, n]
//#if VEC_B

// Numbers i … i + 3 of b; i is divisible by 4.
fn fourOfB(i: u32) -> vec4<f32> {
  let four = b[i / 4u];
  //#if PACKED_B
  return vec4<f32>(unpack2x16float(four.x), unpack2x16float(four.y));
  //#else
  return vec4<f32>(four);
  //#end
}
//#else

fn numberOfB(i: u32) -> f32 {
  //#if PACKED_B
  return unpack2x16float(b[i / 2u])[i % 2u];
  //#else
  return f32(b[i]);
  //#end
}
//#end

//#import activation
`

/** The constants of a product's text that follow from its operands. */
export function operandConstants(operands: Operands, vecB: boolean): Constants {
  const { gather, transposeB, bType, gated, half = false, products, activation } = operands
  const packed = bType === 'f16' && !half && products !== 'f16'
  const number = bType === 'f16' && !packed ? 'f16' : 'f32'
  return {
    GATES: gated ? 2 : 1,
    GATHER: gather,
    TRANSPOSE_B: transposeB,
    VEC_B: vecB,
    PACKED_B: packed,
    StoredB: packed ? (vecB ? 'vec2<u32>' : 'u32') : vecB ? `vec4<${number}>` : number,
    ACTIVATION: activation,
  }
}

/** What profiles call a product: the op that it computes. */
export function productName({ gather, gated }: Operands): string {
  return gated ? 'linearGeglu' : gather ? 'conv2d' : 'matmul'
}

/**
 * How many columns of the result a thread has that keeps sums for `columns` columns of B: sum c
 * belongs to result column c modulo that, and to the gate from there on. `columns` is even where
 * products are gated.
 */
export function resultColumns({ gated, columns }: { gated: boolean; columns: number }): number {
  return gated ? columns / 2 : columns
}
