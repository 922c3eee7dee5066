/**
 * @file Group norm in three kernels: moments of runs of pixels, their combination to factors of
 * channels, and the normalisation (+ SiLU).
 */
import { activation } from './activation.ts'
import { each } from './each.ts'
import { type Kernel, kernel, type Shader, vecType, type Width } from './kernel.ts'
import { reductionConstants, total, type WorkgroupReduction } from './workgroup-reduce.ts'

/** The run of pixels that a thread works through, for the first and the last kernel. */
const run = /* wgsl */ `
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
`

const momentsText = /* wgsl */ `
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

alias Value = f32;

//#import run
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

//#import each
`

const statisticsText = /* wgsl */ `
// Group norm, second kernel: the moments of a group's runs, n numbers each, are joined (Chan, Golub
// and LeVeque, 1979):
//
//   μ = Σ n·mean / Σ n     variance = Σ (M2 + n·(mean − μ)²) / Σ n
//
// A workgroup a group; the threads stride over its runs and channels.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup

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

//#import total
`

const applyText = /* wgsl */ `
// Group norm, last kernel: out = activation((x − μ) · factor + beta), a thread a run.

alias Value = f32;

//#import run
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

//#import each

//#import activation
`

const moments: Kernel = kernel({ name: 'groupNorm moments', text: momentsText, imports: { run, each } })
const statistics: Kernel = kernel({ name: 'groupNorm statistics', text: statisticsText, imports: { total } })
const applies: Kernel = kernel({ name: 'groupNorm apply', text: applyText, imports: { run, each, activation } })

/** x [N, pixels, C] → moments [N, runs, 2, C]: means, then M2. */
export function groupMoments(width: Width): Shader {
  return moments({ Value: vecType(width) })
}

/** moments → factors [N, 2, C]: each channel's mean, and gamma/√(variance + eps). */
export function groupStatistics(reduction: WorkgroupReduction): Shader {
  return statistics(reductionConstants(reduction))
}

/** (x − mean) · factor + beta, then SiLU. */
export function groupApply(silu: boolean, width: Width): Shader {
  return applies({ Value: vecType(width), ACTIVATION: silu ? 'silu' : 'none' })
}
