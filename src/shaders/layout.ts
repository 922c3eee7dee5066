/**
 * @file Moving numbers: nearest upsampling, concatenation, transposition, slices, gathering rows.
 * One thread a number of the result, or four.
 */
import { each } from './each.ts'
import { type Kernel, kernel, type Shader, vecType, type Width } from './kernel.ts'

const upsampleText = /* wgsl */ `
// Nearest upsampling: row ⌊y·H/OH⌋ and column ⌊x·W/OW⌋, in integers.

alias Value = f32;

struct Params {
  size: u32,
  channels: u32,
  height: u32,
  width: u32,
  outHeight: u32,
  outWidth: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [N, height, width, channels]
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [N, outHeight, outWidth, channels]

fn each(i: u32) {
  let channel = i % p.channels;
  let outX = i / p.channels % p.outWidth;
  let outY = i / p.channels / p.outWidth % p.outHeight;
  let image = i / p.channels / p.outWidth / p.outHeight;
  let row = outY * p.height / p.outHeight;
  let column = outX * p.width / p.outWidth;
  out[i] = x[((image * p.height + row) * p.width + column) * p.channels + channel];
}

//#import each
`

const concatText = /* wgsl */ `
// Two matrices side by side.

alias Value = f32;

struct Params {
  size: u32,
  ca: u32, // columns of a
  cb: u32, // and of b
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<Value>; // a [rows, ca]
@group(0) @binding(2) var<storage, read> b: array<Value>; // b [rows, cb]
@group(0) @binding(3) var<storage, read_write> out: array<Value>; // out [rows, ca + cb]

fn each(i: u32) {
  let row = i / (p.ca + p.cb);
  let c = i % (p.ca + p.cb);
  if (c < p.ca) { out[i] = a[row * p.ca + c]; } else { out[i] = b[row * p.cb + c - p.ca]; }
}

//#import each
`

const permuteText = /* wgsl */ `
// Axes in another order: out has lengths d0 … d3, and s0 … s3 are the strides of x along its axes.

alias Value = f32;

struct Params {
  size: u32,
  d1: u32,
  d2: u32,
  d3: u32,
  s0: u32,
  s1: u32,
  s2: u32,
  s3: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x, up to four axes
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [d0, d1, d2, d3]

fn each(i: u32) {
  let i3 = i % p.d3;
  let i2 = i / p.d3 % p.d2;
  let i1 = i / p.d3 / p.d2 % p.d1;
  let i0 = i / p.d3 / p.d2 / p.d1;
  out[i] = x[i0 * p.s0 + i1 * p.s1 + i2 * p.s2 + i3 * p.s3];
}

//#import each
`

const sliceText = /* wgsl */ `
// Some columns of a matrix.

alias Value = f32;

struct Params {
  size: u32,
  length: u32, // columns of x
  start: u32,
  count: u32, // columns of out
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [outer, length]
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [outer, count]

fn each(i: u32) { out[i] = x[i / p.count * p.length + p.start + i % p.count]; }

//#import each
`

const gatherText = /* wgsl */ `
// Rows of a table, in the order of indices.

const WIDTH = 1u; // numbers of a thread: 1 or 4
const PACKED = false; // table holds f16 in pairs
alias Value = f32;
alias Stored = f32;

struct Params {
  size: u32,
  channels: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> table: array<Stored>; // table [rows, channels]
@group(0) @binding(2) var<storage, read> indices: array<i32>; // indices [n]
@group(0) @binding(3) var<storage, read_write> out: array<Value>; // out [n, channels]

fn each(i: u32) { out[i] = numberOf(u32(indices[i / p.channels]) * p.channels + i % p.channels); }

fn numberOf(i: u32) -> Value {
  //#if PACKED && WIDTH == 4
  return vec4<f32>(unpack2x16float(table[i].x), unpack2x16float(table[i].y));
  //#end
  //#if PACKED && WIDTH == 1
  return unpack2x16float(table[i / 2u])[i % 2u];
  //#end
  //#if !PACKED
  return table[i];
  //#end
}

//#import each
`

const imports = { each }
const upsamples: Kernel = kernel({ name: 'upsampleNearest', text: upsampleText, imports })
const concats: Kernel = kernel({ name: 'concat', text: concatText, imports })
const permutes: Kernel = kernel({ name: 'permute', text: permuteText, imports })
const slices: Kernel = kernel({ name: 'slice', text: sliceText, imports })
const gathers: Kernel = kernel({ name: 'gatherRows', text: gatherText, imports })

/** Source pixel ⌊i·H/OH⌋, in integers. */
export function upsampleNearest(width: Width): Shader {
  return upsamples({ Value: vecType(width) })
}

/** a [rows, ca] and b [rows, cb] side by side. */
export function concat(width: Width): Shader {
  return concats({ Value: vecType(width) })
}

/** out has lengths d0 … d3; s0 … s3 are the strides of x along out's axes. */
export function permute(width: Width): Shader {
  return permutes({ Value: vecType(width) })
}

/** x [outer, length] → [outer, count], from `start` on. */
export function slice(width: Width): Shader {
  return slices({ Value: vecType(width) })
}

/** table [rows, channels], indices [n] → [n, channels]. */
export function gatherRows(table: 'f32' | 'f16', width: Width): Shader {
  const packed = table === 'f16'
  const stored = packed ? (width === 4 ? 'vec2<u32>' : 'u32') : vecType(width)
  return gathers({ WIDTH: width, PACKED: packed, Value: vecType(width), Stored: stored })
}
