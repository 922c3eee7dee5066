// out = f(x), number by number.

// FUNCTION = log
alias Value = vec4<f32>;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [size]
@group(0) @binding(2) var<storage, read_write> out: array<Value>; // out [size]

fn each(i: u32) { out[i] = f(x[i]); }

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

// ln(beta · x), of x at least alpha.
fn f(x: Value) -> Value { return log(p.beta * max(x, Value(p.alpha))); }
