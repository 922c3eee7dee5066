/**
 * @file Group norm in three kernels: partial moments, their combination, and normalise (+ SiLU).
 *
 * E[x²] − E[x]² in f32 loses digits (a group of the VAE's first level holds a million values), and
 * one workgroup per group would leave a GPU idle. So each thread reduces a *run* of pixels of one
 * channel (or four, neighbours in memory as neighbouring threads' are) to the mean and M2 = Σ(x −
 * mean)². The moments of a group's runs, n values each, are then joined (Chan, Golub and LeVeque,
 * 1979):
 *   μ = Σ n·mean / Σ n, variance = Σ (M2 + n·(mean − μ)²) / Σ n.
 */
import { activation } from './activation.ts'
import { elementwise, input, output, type Shader, shader, vecType, type Width } from './wgsl.ts'
import { reductionThreads, reductionWorkgroup, total, type WorkgroupReduction } from './workgroup-reduce.ts'

const RUN_PARAMS = { pixels: 'u32', channels: 'u32', length: 'u32', runs: 'u32' } as const

/** Which run of pixels is a thread's, and where its first number lies. */
const RUN = `  let channel = i % p.channels;
  let run = i / p.channels;
  let image = run / p.runs;
  let first = run % p.runs * p.length;
  let count = min(p.length, p.pixels - first);
  var at = (image * p.pixels + first) * p.channels + channel;`

/**
 * x [N, pixels, C] → moments [N, runs, 2, C]: means, then M2. A run is `length` pixels, the last
 * one what is left.
 */
export function groupMoments(width: Width): Shader {
  return elementwise({
    name: 'groupNorm moments',
    params: RUN_PARAMS,
    bindings: { x: input(width), moments: output(width) },
    main: `${RUN}
  // Sums around a value of the run itself, so that they cancel little.
  let shift = x[at];
  var sum = ${vecType(width)}(); var squares = ${vecType(width)}();
  for (var n = 0u; n < count; n++) {
    let d = x[at] - shift;
    sum += d; squares += d * d;
    at += p.channels;
  }
  let mean = sum / f32(count);
  let to = run * 2u * p.channels + channel;
  moments[to] = mean + shift;
  moments[to + p.channels] = max(squares - sum * mean, ${vecType(width)}());`,
  })
}

/**
 * moments → factors [N, 2, C]: each channel's mean, and gamma/√(variance + eps). A workgroup a
 * group; `width` channels are one.
 */
export function groupStatistics(reduction: WorkgroupReduction): Shader {
  const threads = reductionThreads(reduction)
  return shader({
    name: 'groupNorm statistics',
    params: { ...RUN_PARAMS, width: 'u32', eps: 'f32' },
    bindings: { moments: input(1), gamma: input(1), factors: output(1) },
    ...reductionWorkgroup(reduction),
    declarations: total(reduction),
    main: `  let first = wid.x * p.width;
  let base = wid.y * p.runs * 2u * p.channels + first;
  let entries = p.runs * p.width;
  let values = f32(p.pixels * p.width);
  let shift = moments[base];
  var sum = 0.0;
  for (var e = local; e < entries; e += ${threads}u) {
    let run = e / p.width;
    let n = f32(min(p.length, p.pixels - run * p.length));
    sum += n * (moments[base + run * 2u * p.channels + e % p.width] - shift);
  }
  let mean = shift + total(local, sum) / values;
  var squares = 0.0;
  for (var e = local; e < entries; e += ${threads}u) {
    let run = e / p.width;
    let n = f32(min(p.length, p.pixels - run * p.length));
    let at = base + run * 2u * p.channels + e % p.width;
    let d = moments[at] - mean;
    squares += moments[at + p.channels] + n * d * d;
  }
  let scale = inverseSqrt(total(local, squares) / values + p.eps);
  let to = wid.y * 2u * p.channels;
  for (var c = first + local; c < first + p.width; c += ${threads}u) {
    factors[to + c] = mean;
    factors[to + p.channels + c] = scale * gamma[c];
  }`,
  })
}

/** (x − mean) · factor + beta, then SiLU. A thread a run. */
export function groupApply(silu: boolean, width: Width): Shader {
  return elementwise({
    name: 'groupNorm apply',
    params: RUN_PARAMS,
    bindings: { x: input(width), factors: input(width), beta: input(width), out: output(width) },
    declarations: activation(silu ? 'silu' : 'none', vecType(width)),
    main: `${RUN}
  let own = image * 2u * p.channels + channel;
  let mean = factors[own];
  let factor = factors[own + p.channels];
  let shift = beta[channel];
  for (var n = 0u; n < count; n++) {
    out[at] = activate((x[at] - mean) * factor + shift);
    at += p.channels;
  }`,
  })
}
