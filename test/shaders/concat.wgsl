// Two matrices side by side.

alias Value = vec4<f32>;

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
