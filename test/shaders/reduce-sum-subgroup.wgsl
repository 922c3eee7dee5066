enable subgroups;
// Sums, or means, along an axis: out[o, i] = Σ_j x[o, j, i]. A workgroup a result.

const THREADS = 8u; // of a workgroup
const SUBGROUP = true; // they are one subgroup
const WIDTH = 4u; // numbers of a Value: 4 only where inner is 1
const MEAN = false; // divided by the axis' length
alias Value = vec4<f32>;

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

// The sum of a thread's numbers.
fn sumOf(value: Value) -> f32 {
  return dot(value, vec4<f32>(1.0));
}

// The sum of all threads' values, for each of them.
fn total(local: u32, value: f32) -> f32 { return subgroupAdd(value); }
