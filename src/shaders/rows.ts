/**
 * @file Kernels that give a whole workgroup to one row: layer norm, softmax, dot products. Threads
 * stride over the row, by one number or by four, then their results are reduced over the workgroup.
 */
import { type Kernel, kernel, type Shader, vecType, type Width } from './kernel.ts'
import { largest, reductionConstants, sumOf, total, type WorkgroupReduction } from './workgroup-reduce.ts'

const layerNormText = /* wgsl */ `
// Layer norm: out = (x − mean) / √(variance + eps) · gamma + beta, row by row. The mean first, then
// the variance around it. A workgroup a row.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup
const WIDTH = 1u; // numbers of a Value: 1 or 4
alias Value = f32;

struct Params {
  rows: u32,
  length: u32, // of a row, in Values
  eps: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [rows, length]
@group(0) @binding(2) var<storage, read> gamma: array<Value>; // gamma [length]
@group(0) @binding(3) var<storage, read> beta: array<Value>; // beta [length]
@group(0) @binding(4) var<storage, read_write> out: array<Value>; // out [rows, length]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // A folded grid may have a few groups too many: they repeat the last row, so that every barrier
  // is reached by all.
  let row = min(wid.x + wid.y * groups.x, p.rows - 1u);
  let base = row * p.length;
  let numbers = f32(p.length * WIDTH);

  // 1 the mean
  var sum = Value();
  for (var i = local; i < p.length; i += THREADS) { sum += x[base + i]; }
  let mean = total(local, sumOf(sum)) / numbers;

  // 2 the variance
  var squares = Value();
  for (var i = local; i < p.length; i += THREADS) {
    let d = x[base + i] - mean;
    squares += d * d;
  }
  let scale = inverseSqrt(total(local, sumOf(squares)) / numbers + p.eps);

  // 3 the normalised row
  for (var i = local; i < p.length; i += THREADS) { out[base + i] = (x[base + i] - mean) * scale * gamma[i] + beta[i]; }
}

//#import sumOf

//#import total
`

const softmaxText = /* wgsl */ `
// Softmax: out = exp(x − max) / Σ exp(x − max), row by row. A workgroup a row.
//
// Row r sees causalFrom + r + 1 numbers, or all where causalFrom < 0. With STATS, its maximum and
// sum are kept for the attention map.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup
const WIDTH = 1u; // numbers of a Value: 1 or 4
const STATS = false; // maxima and sums are kept
alias Value = f32;

struct Params {
  rows: u32,
  length: u32, // of a row, in Values
  causalFrom: i32,
  statsOffset: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [rows, length]
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [rows, length]
//#if STATS
@group(0) @binding(3) var<storage, read_write> stats: array<f32>; // stats [rows, 2]: maximum, sum
//#end

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // A folded grid may have a few groups too many: they repeat the last row, so that every barrier
  // is reached by all.
  let row = min(wid.x + wid.y * groups.x, p.rows - 1u);
  let base = row * p.length;
  let visible = select(p.length * WIDTH, u32(p.causalFrom) + row + 1u, p.causalFrom >= 0);

  // 1 the largest number
  var most = Value(-3.0e38);
  for (var i = local; i < p.length; i += THREADS) { most = max(most, seen(base, i, visible)); }
  let top = largest(local, largestOf(most));

  // 2 the sum
  var weights = Value();
  for (var i = local; i < p.length; i += THREADS) { weights += exp(seen(base, i, visible) - top); }
  let sum = total(local, sumOf(weights));

  // 3 the shares
  for (var i = local; i < p.length; i += THREADS) { out[base + i] = exp(seen(base, i, visible) - top) / sum; }
  //#if STATS
  if (local == 0u) {
    stats[p.statsOffset + row * 2u] = top;
    stats[p.statsOffset + row * 2u + 1u] = sum;
  }
  //#end
}
//#if WIDTH == 4

// A Value of the row. Hidden numbers underflow to 0: infinities are not portable.
fn seen(base: u32, i: u32, visible: u32) -> Value {
  return select(Value(-3.0e38), x[base + i], 4u * i + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(visible));
}

fn largestOf(value: Value) -> f32 { return max(max(value.x, value.y), max(value.z, value.w)); }
//#else

// A Value of the row. Hidden numbers underflow to 0: infinities are not portable.
fn seen(base: u32, i: u32, visible: u32) -> Value { return select(-3.0e38, x[base + i], i < visible); }

fn largestOf(value: Value) -> f32 { return value; }
//#end

//#import sumOf

//#import total

//#import largest
`

const rowDotText = /* wgsl */ `
// Dot products of rows: out[r] = Σ a[r, i] · b[r, i]. A workgroup a row.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup
const WIDTH = 1u; // numbers of a Value: 1 or 4
alias Value = f32;

struct Params {
  rows: u32,
  length: u32, // of a row, in Values
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<Value>; // a [rows, length]
@group(0) @binding(2) var<storage, read> b: array<Value>; // b [rows, length]
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // out [rows]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // A folded grid may have a few groups too many: they repeat the last row.
  let row = min(wid.x + wid.y * groups.x, p.rows - 1u);
  let base = row * p.length;
  var sum = Value();
  for (var i = local; i < p.length; i += THREADS) { sum += a[base + i] * b[base + i]; }
  let product = total(local, sumOf(sum));
  if (local == 0u) { out[row] = product; }
}

//#import sumOf

//#import total
`

const layerNorms: Kernel = kernel({ name: 'layerNorm', text: layerNormText, imports: { sumOf, total } })
const softmaxes: Kernel = kernel({ name: 'softmax', text: softmaxText, imports: { sumOf, total, largest } })
const rowDots: Kernel = kernel({ name: 'rowDot', text: rowDotText, imports: { sumOf, total } })

/** Two passes over the row: mean, then variance around it. */
export function layerNorm(reduction: WorkgroupReduction, width: Width): Shader {
  return layerNorms({ ...reductionConstants(reduction), WIDTH: width, Value: vecType(width) })
}

/**
 * exp(x − max)/Σ; with `stats`, each row's maximum and sum are kept for `attention-map` at
 * statsOffset. Row r sees causalFrom + r + 1 numbers, or all where causalFrom < 0.
 */
export function softmax(stats: boolean, reduction: WorkgroupReduction, width: Width): Shader {
  return softmaxes({ ...reductionConstants(reduction), STATS: stats, WIDTH: width, Value: vecType(width) })
}

/** a, b [rows, length] → [rows]: Σ a·b of each row. */
export function rowDot(reduction: WorkgroupReduction, width: Width): Shader {
  return rowDots({ ...reductionConstants(reduction), WIDTH: width, Value: vecType(width) })
}
