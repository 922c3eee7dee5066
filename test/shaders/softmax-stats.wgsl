// Softmax: out = exp(x − max) / Σ exp(x − max), row by row. A workgroup a row.
//
// Row r sees causalFrom + r + 1 numbers, or all where causalFrom < 0. With STATS, its maximum and
// sum are kept for the attention map.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup
const WIDTH = 4u; // numbers of a Value: 1 or 4
const STATS = true; // maxima and sums are kept
alias Value = vec4<f32>;

struct Params {
  rows: u32,
  length: u32, // of a row, in Values
  causalFrom: i32,
  statsOffset: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [rows, length]
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [rows, length]
@group(0) @binding(3) var<storage, read_write> stats: array<f32>; // stats [rows, 2]: maximum, sum

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
  if (local == 0u) {
    stats[p.statsOffset + row * 2u] = top;
    stats[p.statsOffset + row * 2u + 1u] = sum;
  }
}

// A Value of the row. Hidden numbers underflow to 0: infinities are not portable.
fn seen(base: u32, i: u32, visible: u32) -> Value {
  return select(Value(-3.0e38), x[base + i], 4u * i + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(visible));
}

fn largestOf(value: Value) -> f32 { return max(max(value.x, value.y), max(value.z, value.w)); }

// The sum of a thread's numbers.
fn sumOf(value: Value) -> f32 {
  return dot(value, vec4<f32>(1.0));
}

// The sum of all threads' values, for each of them.
var<workgroup> totals: array<f32, THREADS>;
fn total(local: u32, value: f32) -> f32 {
  totals[local] = value;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { totals[local] += totals[local + half]; }
  }
  workgroupBarrier();
  let result = totals[0];
  workgroupBarrier();
  return result;
}

// The largest of all threads' values, for each of them.
var<workgroup> maxima: array<f32, THREADS>;
fn largest(local: u32, value: f32) -> f32 {
  maxima[local] = value;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { maxima[local] = max(maxima[local], maxima[local + half]); }
  }
  workgroupBarrier();
  let result = maxima[0];
  workgroupBarrier();
  return result;
}
