enable subgroups;
// Softmax: out = exp(x − max) / Σ exp(x − max), row by row. A workgroup a row.
//
// Row r sees causalFrom + r + 1 numbers, or all where causalFrom < 0. With STATS, its maximum and
// sum are kept for the attention map.

const THREADS = 8u; // of a workgroup
const SUBGROUP = true; // they are one subgroup
const WIDTH = 1u; // numbers of a Value: 1 or 4
const STATS = true; // maxima and sums are kept
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
fn seen(base: u32, i: u32, visible: u32) -> Value { return select(-3.0e38, x[base + i], i < visible); }

fn largestOf(value: Value) -> f32 { return value; }

// The sum of a thread's numbers.
fn sumOf(value: Value) -> f32 {
  return value;
}

// The sum of all threads' values, for each of them.
fn total(local: u32, value: f32) -> f32 { return subgroupAdd(value); }

// The largest of all threads' values, for each of them.
fn largest(local: u32, value: f32) -> f32 { return subgroupMax(value); }
