// Group norm, last kernel: out = activation((x − μ) · factor + beta), a thread a run.

alias Value = vec4<f32>;

struct Params {
  size: u32, // threads: images · runs · channels
  pixels: u32, // of an image
  channels: u32,
  length: u32, // pixels of a run; the last one has what is left
  runs: u32, // of an image
}
@group(0) @binding(0) var<uniform> p: Params;

// The run of a thread: which of all it is, where it lies, and how many pixels it has.
struct Run { index: u32, image: u32, channel: u32, at: u32, count: u32 }
fn runOf(i: u32) -> Run {
  let index = i / p.channels;
  let image = index / p.runs;
  let first = index % p.runs * p.length;
  let channel = i % p.channels;
  return Run(index, image, channel, (image * p.pixels + first) * p.channels + channel, min(p.length, p.pixels - first));
}
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [N, pixels, channels]
@group(0) @binding(2) var<storage, read> factors: array<Value>; // factors [N, 2, channels]: μ, gamma/√(variance + eps)
@group(0) @binding(3) var<storage, read> beta: array<Value>; // beta [channels]
@group(0) @binding(4) var<storage, read_write> out: array<Value>; // out [N, pixels, channels]

fn each(i: u32) {
  let run = runOf(i);
  let own = run.image * 2u * p.channels + run.channel;
  let mean = factors[own];
  let factor = factors[own + p.channels];
  let shift = beta[run.channel];
  for (var n = 0u; n < run.count; n++) {
    let at = run.at + n * p.channels;
    out[at] = activate((x[at] - mean) * factor + shift);
  }
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

// Activations: silu x·σ(x), gelu x·Φ(x), its tanh approximation, quick-GELU x·σ(1.702 x).
// ACTIVATION = silu
fn activate(x: Value) -> Value {
  return x * sigmoid(x);
}

// σ(x) = 1 / (1 + exp(−x)), so that the exponential never overflows.
fn sigmoid(x: Value) -> Value {
  let e = exp(-abs(x));
  return select(e, Value(1.0), x >= Value(0.0)) / (1.0 + e);
}
