/** @file Group norm and layer norm. Means and variances are taken in two passes, in f64. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'
import { activations } from './activation.ts'

export function groupNorm(args: OpTable['groupNorm']): void {
  const [batch, pixels, channels] = args.x.shape
  const { groups, eps, silu } = args
  const x = f32(args.x)
  const gamma = f32(args.gamma)
  const beta = f32(args.beta)
  const out = f32(args.out)
  const width = channels / groups
  const means = new Float64Array(channels)
  const scales = new Float64Array(channels)
  for (let image = 0; image < batch; image++) {
    const base = image * pixels * channels
    const end = base + pixels * channels
    // Per-channel sums in memory order, then joined by group.
    means.fill(0)
    for (let at = base; at < end; at += channels) for (let c = 0; c < channels; c++) means[c] += x[at + c]
    share(means, width, (sum) => sum / (pixels * width))
    scales.fill(0)
    for (let at = base; at < end; at += channels)
      for (let c = 0; c < channels; c++) {
        const d = x[at + c] - means[c]
        scales[c] += d * d
      }
    share(scales, width, (sum) => 1 / Math.sqrt(sum / (pixels * width) + eps))
    for (let at = base; at < end; at += channels)
      for (let c = 0; c < channels; c++) {
        const value = (x[at + c] - means[c]) * scales[c] * gamma[c] + beta[c]
        out[at + c] = silu ? activations.silu(value) : value
      }
  }
}

/** Replaces every channel's sum by a function of its group's sum. */
function share(sums: Float64Array, width: number, finish: (sum: number) => number): void {
  for (let c = 0; c < sums.length; c += width) {
    let sum = 0
    for (let i = 0; i < width; i++) sum += sums[c + i]
    sums.fill(finish(sum), c, c + width)
  }
}

export function layerNorm(args: OpTable['layerNorm']): void {
  const [rows, length] = args.x.shape
  const x = f32(args.x)
  const gamma = f32(args.gamma)
  const beta = f32(args.beta)
  const out = f32(args.out)
  for (let r = 0; r < rows; r++) {
    const at = r * length
    let mean = 0
    for (let i = 0; i < length; i++) mean += x[at + i]
    mean /= length
    let squares = 0
    for (let i = 0; i < length; i++) squares += (x[at + i] - mean) ** 2
    const scale = 1 / Math.sqrt(squares / length + args.eps)
    for (let i = 0; i < length; i++) out[at + i] = (x[at + i] - mean) * scale * gamma[i] + beta[i]
  }
}
