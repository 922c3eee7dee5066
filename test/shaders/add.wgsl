// out = alpha · a + beta · b, a · b or a / b, number by number. B may repeat: all of it, or each of
// its numbers for a run of inner.

// FUNCTION = add
// REPEAT = runs
alias Value = vec4<f32>;
alias ValueB = f32;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
  inner: u32, // entries of a for one of b, where b is one number for a run
  sizeB: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<Value>; // a [size]
@group(0) @binding(2) var<storage, read> b: array<ValueB>; // b [sizeB]
@group(0) @binding(3) var<storage, read_write> out: array<Value>; // out [size]

fn each(i: u32) {
  let other = b[i / p.inner % p.sizeB];
  out[i] = p.alpha * a[i] + p.beta * other;
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
