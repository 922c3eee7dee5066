// Nearest upsampling: row ⌊y·H/OH⌋ and column ⌊x·W/OW⌋, in integers.

alias Value = vec4<f32>;

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
