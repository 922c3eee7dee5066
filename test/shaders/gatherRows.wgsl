// Rows of a table, in the order of indices.

const WIDTH = 4u; // numbers of a thread: 1 or 4
const PACKED = false; // table holds f16 in pairs
alias Value = vec4<f32>;
alias Stored = vec4<f32>;

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
  return table[i];
}

// A thread a number of the result (or four): p.size threads in all.
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = (wid.x + wid.y * groups.x) * 64u + local;
  if (i < p.size) { each(i); }
}
