/**
 * @file Reductions along an axis. A workgroup a result: threads stride over the axis, then their
 * results are joined.
 */
import type { Reduction } from '../tensor/backend.ts'
import { type Kernel, kernel, type Shader, vecType, type Width } from './kernel.ts'
import { reductionConstants, sumOf, total, type WorkgroupReduction } from './workgroup-reduce.ts'

const sumText = /* wgsl */ `
// Sums, or means, along an axis: out[o, i] = Σ_j x[o, j, i]. A workgroup a result.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup
const WIDTH = 1u; // numbers of a Value: 4 only where inner is 1
const MEAN = false; // divided by the axis' length
alias Value = f32;

struct Params {
  rows: u32, // results: outer · inner
  length: u32, // of the axis, in Values
  inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // out [outer, inner]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // A folded grid may have a few groups too many: they repeat the last result.
  let row = min(wid.x + wid.y * groups.x, p.rows - 1u);
  let at = row / p.inner * p.length * p.inner + row % p.inner;
  var part = Value();
  for (var i = local; i < p.length; i += THREADS) { part += x[at + i * p.inner]; }
  let sum = total(local, sumOf(part));
  if (local == 0u) { out[row] = sum / select(1.0, f32(p.length * WIDTH), MEAN); }
}

//#import sumOf

//#import total
`

const extremeText = /* wgsl */ `
// The largest or smallest number along an axis, or where it is: out[o, i] = max_j x[o, j, i]. Each
// thread's best number and its index are joined in a tree; of equal numbers the first counts.

const THREADS = 64u; // of a workgroup
const SMALLEST = false; // instead of the largest
const WHERE = false; // its index is wanted
alias Result = f32; // i32 for an index

struct Params {
  rows: u32, // results: outer · inner
  length: u32, // of the axis
  inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // x [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> out: array<Result>; // out [outer, inner]

var<workgroup> values: array<f32, THREADS>;
var<workgroup> indices: array<u32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // A folded grid may have a few groups too many: they repeat the last result, so that every
  // barrier is reached by all.
  let row = min(wid.x + wid.y * groups.x, p.rows - 1u);
  let at = row / p.inner * p.length * p.inner + row % p.inner;

  // 1 the best of this thread
  var index = min(local, p.length - 1u);
  var value = x[at + index * p.inner];
  for (var i = local; i < p.length; i += THREADS) {
    let next = x[at + i * p.inner];
    if (isBetter(next, value)) {
      value = next;
      index = i;
    }
  }
  values[local] = value;
  indices[local] = index;

  // 2 the best of all
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      let next = values[local + half];
      let nextIndex = indices[local + half];
      if (isBetter(next, values[local]) || (next == values[local] && nextIndex < indices[local])) {
        values[local] = next;
        indices[local] = nextIndex;
      }
    }
  }
  workgroupBarrier();
  if (local == 0u) { out[row] = select(Result(values[0]), Result(indices[0]), WHERE); }
}

fn isBetter(a: f32, b: f32) -> bool { return select(a > b, a < b, SMALLEST); }
`

const sums: Kernel = kernel({ name: 'reduce sum', text: sumText, imports: { sumOf, total } })
const extremes: Kernel = kernel({ name: 'reduce max', text: extremeText })

/**
 * x [outer, length, inner] → [outer, inner]; `rows` = outer · inner. Four at a time only sums and
 * means, and only where inner is 1.
 */
export function reduce(fn: Reduction, reduction: WorkgroupReduction, width: Width): Shader {
  const name = `reduce ${fn}`
  if (fn === 'sum' || fn === 'mean')
    return sums({ ...reductionConstants(reduction), WIDTH: width, MEAN: fn === 'mean', Value: vecType(width) }, name)
  const where = fn === 'argmax' || fn === 'argmin'
  return extremes({ SMALLEST: fn === 'min' || fn === 'argmin', WHERE: where, Result: where ? 'i32' : 'f32' }, name)
}
