enable subgroups;
// Group norm, second kernel: the moments of a group's runs, n numbers each, are joined (Chan, Golub
// and LeVeque, 1979):
//
//   μ = Σ n·mean / Σ n     variance = Σ (M2 + n·(mean − μ)²) / Σ n
//
// A workgroup a group; the threads stride over its runs and channels.

const THREADS = 8u; // of a workgroup
const SUBGROUP = true; // they are one subgroup

struct Params {
  pixels: u32, // of an image
  channels: u32,
  length: u32, // pixels of a run
  runs: u32, // of an image
  width: u32, // channels of a group
  eps: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> moments: array<f32>; // moments [N, runs, 2, channels]: mean, M2
@group(0) @binding(2) var<storage, read> gamma: array<f32>; // gamma [channels]
@group(0) @binding(3) var<storage, read_write> factors: array<f32>; // factors [N, 2, channels]: μ, gamma/√(variance + eps)

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) wid: vec3<u32>) {
  let first = wid.x * p.width;
  let base = wid.y * p.runs * 2u * p.channels + first;
  let entries = p.runs * p.width;
  let values = f32(p.pixels * p.width);

  // 1 the mean, around one of the means
  let shift = moments[base];
  var sum = 0.0;
  for (var e = local; e < entries; e += THREADS) {
    let run = e / p.width;
    sum += numbersOf(run) * (moments[base + run * 2u * p.channels + e % p.width] - shift);
  }
  let mean = shift + total(local, sum) / values;

  // 2 the variance
  var squares = 0.0;
  for (var e = local; e < entries; e += THREADS) {
    let run = e / p.width;
    let at = base + run * 2u * p.channels + e % p.width;
    let d = moments[at] - mean;
    squares += moments[at + p.channels] + numbersOf(run) * d * d;
  }
  let scale = inverseSqrt(total(local, squares) / values + p.eps);

  // 3 the factors of the group's channels
  let to = wid.y * 2u * p.channels;
  for (var c = first + local; c < first + p.width; c += THREADS) {
    factors[to + c] = mean;
    factors[to + p.channels + c] = scale * gamma[c];
  }
}

// Pixels of a run.
fn numbersOf(run: u32) -> f32 { return f32(min(p.length, p.pixels - run * p.length)); }

// The sum of all threads' values, for each of them.
fn total(local: u32, value: f32) -> f32 { return subgroupAdd(value); }
