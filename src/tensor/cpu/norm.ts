/** @file Group norm and layer norm: mean and biased variance in two passes. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'
import { activations } from './activation.ts'

/** out = (x − mean)/√(variance + eps) · gamma + beta over each group of channels, then SiLU. */
export function groupNorm(args: OpTable['groupNorm']): void {
  const { groups, eps } = args
  const [batch, pixels, channels] = args.x.shape
  const width = channels / groups
  const [x, gamma, beta, out] = [args.x, args.gamma, args.beta, args.out].map(f32)
  const activate = activations[args.silu ? 'silu' : 'none']
  for (let image = 0; image < batch; image++)
    for (let group = 0; group < groups; group++) {
      const places: number[] = []
      for (let pixel = 0; pixel < pixels; pixel++)
        for (let c = group * width; c < (group + 1) * width; c++) places.push((image * pixels + pixel) * channels + c)
      const { mean, variance } = moments(x, places)
      for (const at of places) out[at] = activate(((x[at] - mean) / Math.sqrt(variance + eps)) * gamma[at % channels] + beta[at % channels])
    }
}

/** out = (x − mean)/√(variance + eps) · gamma + beta over each row. */
export function layerNorm(args: OpTable['layerNorm']): void {
  const [rows, length] = args.x.shape
  const [x, gamma, beta, out] = [args.x, args.gamma, args.beta, args.out].map(f32)
  for (let row = 0; row < rows; row++) {
    const places = Array.from({ length }, (_, i) => row * length + i)
    const { mean, variance } = moments(x, places)
    for (const at of places) out[at] = ((x[at] - mean) / Math.sqrt(variance + args.eps)) * gamma[at % length] + beta[at % length]
  }
}

function moments(x: Float32Array, places: readonly number[]): { mean: number; variance: number } {
  let sum = 0
  for (const at of places) sum += x[at]
  const mean = sum / places.length
  let squares = 0
  for (const at of places) squares += (x[at] - mean) ** 2
  return { mean, variance: squares / places.length }
}
