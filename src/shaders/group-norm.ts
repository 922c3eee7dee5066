/**
 * @file Group norm in three kernels: partial moments, their combination, and normalise (+ SiLU).
 *
 * E[x²] − E[x]² in f32 loses digits (a group of the VAE's first level holds a million values), and one workgroup per group would leave a GPU
 * idle. So each workgroup reduces a chunk of pixels of one group to (count, mean, M2), M2 = Σ(x − mean)², and moments are joined by Chan's formula:
 *   n = nₐ + n_b, δ = mean_b − meanₐ, mean = meanₐ + δ·n_b/n, M2 = M2ₐ + M2_b + δ²·nₐ·n_b/n.
 */
import { activation } from './activation.ts'
import { type Meeting, meetingThreads, meetingWorkgroup, total } from './meeting.ts'
import { elementwise, type Shader, shader } from './wgsl.ts'

const JOIN = `fn join(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
  let n = a.x + b.x;
  if (n == 0.0) { return a; }
  let delta = b.y - a.y;
  return vec3<f32>(n, a.y + delta * b.x / n, a.z + b.z + delta * delta * a.x * b.x / n);
}`

/** x [N, pixels, C] → moments [N, groups, chunks, 3]. Grid: chunks, groups, N. */
export function groupMoments(meeting: Meeting): Shader {
  const threads = meetingThreads(meeting)
  return shader({
    name: 'groupNorm moments',
    params: { pixels: 'u32', channels: 'u32', width: 'u32', chunk: 'u32', chunks: 'u32' },
    bindings: { x: { type: 'f32' }, moments: { type: 'f32', access: 'read_write' } },
    ...meetingWorkgroup(meeting),
    declarations: total(meeting),
    main: `  let first = wid.x * p.chunk;
  let count = (min(first + p.chunk, p.pixels) - first) * p.width;
  let base = (wid.z * p.pixels + first) * p.channels + wid.y * p.width;
  // Sums around a value of the chunk itself, so that they cancel little.
  let shift = x[base];
  var sum = 0.0; var squares = 0.0;
  for (var i = local; i < count; i += ${threads}u) {
    let d = x[base + (i / p.width) * p.channels + i % p.width] - shift;
    sum += d; squares += d * d;
  }
  sum = total(local, sum);
  squares = total(local, squares);
  if (local == 0u) {
    let mean = sum / f32(count);
    let at = ((wid.z * groups.y + wid.y) * p.chunks + wid.x) * 3u;
    moments[at] = f32(count); moments[at + 1u] = mean + shift; moments[at + 2u] = max(squares - sum * mean, 0.0);
  }`,
  })
}

/** moments [rows, chunks, 3] → statistics [rows, 2]: mean and 1/√(variance + eps). */
export function groupStatistics(): Shader {
  return elementwise({
    name: 'groupNorm statistics',
    params: { chunks: 'u32', eps: 'f32' },
    bindings: { moments: { type: 'f32' }, out: { type: 'f32', access: 'read_write' } },
    declarations: JOIN,
    main: `  var total = vec3<f32>();
  for (var c = 0u; c < p.chunks; c++) {
    let at = (i * p.chunks + c) * 3u;
    total = join(total, vec3<f32>(moments[at], moments[at + 1u], moments[at + 2u]));
  }
  out[i * 2u] = total.y;
  out[i * 2u + 1u] = inverseSqrt(total.z / total.x + p.eps);`,
  })
}

/** (x − mean) · rstd · gamma + beta, then SiLU. */
export function groupApply(silu: boolean): Shader {
  return elementwise({
    name: 'groupNorm apply',
    params: { perImage: 'u32', channels: 'u32', width: 'u32', groupCount: 'u32' },
    bindings: {
      x: { type: 'f32' },
      statistics: { type: 'f32' },
      gamma: { type: 'f32' },
      beta: { type: 'f32' },
      out: { type: 'f32', access: 'read_write' },
    },
    declarations: activation(silu ? 'silu' : 'none', 'f32'),
    main: `  let channel = i % p.channels;
  let at = ((i / p.perImage) * p.groupCount + channel / p.width) * 2u;
  out[i] = activate((x[i] - statistics[at]) * statistics[at + 1u] * gamma[channel] + beta[channel]);`,
  })
}
