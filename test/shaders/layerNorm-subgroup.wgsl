enable subgroups;
// Layer norm: out = (x − mean) / √(variance + eps) · gamma + beta, row by row. The mean first, then
// the variance around it. A workgroup a row.

const THREADS = 8u; // of a workgroup
const SUBGROUP = true; // they are one subgroup
const WIDTH = 4u; // numbers of a Value: 1 or 4
alias Value = vec4<f32>;

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

// The sum of a thread's numbers.
fn sumOf(value: Value) -> f32 {
  return dot(value, vec4<f32>(1.0));
}

// The sum of all threads' values, for each of them.
fn total(local: u32, value: f32) -> f32 { return subgroupAdd(value); }
