enable subgroups;
// Dot products of rows: out[r] = Σ a[r, i] · b[r, i]. A workgroup a row.

const THREADS = 8u; // of a workgroup
const SUBGROUP = true; // they are one subgroup
const WIDTH = 4u; // numbers of a Value: 1 or 4
alias Value = vec4<f32>;

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

// The sum of a thread's numbers.
fn sumOf(value: Value) -> f32 {
  return dot(value, vec4<f32>(1.0));
}

// The sum of all threads' values, for each of them.
fn total(local: u32, value: f32) -> f32 { return subgroupAdd(value); }
