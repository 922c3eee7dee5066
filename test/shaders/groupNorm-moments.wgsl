// Group norm, first kernel: the mean of each run of pixels, and M2 = Σ (x − mean)².
//
//           channels ──▶
//           ┌─┬─┬─┬─┬─┬─┬─┬─┬───
//    pixels │▼│▼│▼│▼│ │ │ │ │    run 0: a thread goes down length pixels of a channel, or of four;
//      │    │▼│▼│▼│▼│ │ │ │ │    its neighbours go down beside it, so that they read side by side
//      ▼    ├─┼─┼─┼─┼─┼─┼─┼─┼───
//           │ │ │ │ │ │ │ │ │    run 1
//
// E[x²] − E[x]² in f32 would lose digits (a group of the VAE’s first level has a million numbers),
// and one workgroup a group would leave a GPU idle. So runs come first, and are joined afterwards.

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
@group(0) @binding(2) var<storage, read_write> moments: array<Value>; // moments [N, runs, 2, channels]

fn each(i: u32) {
  let run = runOf(i);
  // 1 sums around a number of the run itself, so that they cancel little
  let shift = x[run.at];
  var sum = Value();
  var squares = Value();
  for (var n = 0u; n < run.count; n++) {
    let d = x[run.at + n * p.channels] - shift;
    sum += d;
    squares += d * d;
  }
  // 2 the moments around the run's mean
  let mean = sum / f32(run.count);
  let to = run.index * 2u * p.channels + run.channel;
  moments[to] = mean + shift;
  moments[to + p.channels] = max(squares - sum * mean, Value());
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
