/** @file Matrix products: a sum over k for every number of the result. */
import type { OpTable } from '../backend.ts'
import { decoded, f32 } from '../host/memory.ts'
import { activations } from './activation.ts'

/** out = activation(alpha · a·B + bias) + residual, B = bᵀ if `transposeB`. */
export function matmul(args: OpTable['matmul']): void {
  const { batch, m, n, k, transposeB, sharedB, alpha } = args
  const a = f32(args.a)
  const b = decoded(args.b)
  const bias = args.bias && f32(args.bias)
  const residual = args.residual && f32(args.residual)
  const out = f32(args.out)
  const activate = activations[args.activation]
  let at = 0
  for (let i = 0; i < batch; i++)
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++, at++) {
        const [fromA, fromB] = [(i * m + row) * k, sharedB ? 0 : i * n * k]
        let sum = 0
        for (let t = 0; t < k; t++) sum += a[fromA + t] * b[fromB + (transposeB ? column * k + t : t * n + column)]
        out[at] = activate(alpha * sum + (bias ? bias[column] : 0)) + (residual ? residual[at] : 0)
      }
}

/** out = value · gelu(gate), where x · weightᵀ + bias are C values and then C gates. */
export function linearGeglu(args: OpTable['linearGeglu']): void {
  const [rows, k] = args.x.shape
  const channels = args.weight.shape[0] / 2
  const x = f32(args.x)
  const weight = decoded(args.weight)
  const bias = args.bias && f32(args.bias)
  const out = f32(args.out)
  const linear = (row: number, feature: number) => {
    let sum = bias ? bias[feature] : 0
    for (let t = 0; t < k; t++) sum += x[row * k + t] * weight[feature * k + t]
    return sum
  }
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < channels; c++) out[row * channels + c] = linear(row, c) * activations.gelu(linear(row, channels + c))
}
