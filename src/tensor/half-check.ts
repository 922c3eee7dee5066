/**
 * @file A start-up check of f16 weights: some adapters have decoded them wrongly, and a wrong
 * decoder shows in no error. One small product with f16 weights, exact values that every exponent
 * of f16 occurs in, is compared with the same product in f64.
 */
import type { Backend } from './backend.ts'
import { floatToHalf, halfTable } from './half.ts'
import { matmul } from './ops/linear.ts'
import { release, Tensor } from './tensor.ts'

const SIZE = 32
/**
 * f32 sums of SIZE terms err by some 1e-6; an adapter may take f16's subnormals, below 6.1e-5, for
 * zero.
 */
const TOLERANCE = 1e-4

/** Whether products with f16 weights are right on this backend. */
export async function halfIsSound(backend: Backend): Promise<boolean> {
  // Powers of two from 2^-24 to 2^15 and their neighbours, in turn with either sign.
  const weights = floatToHalf(
    Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % 3 === 0 ? -1 : 1) * 2 ** ((i % 40) - 24) * (1 + (i % 7) / 8)),
  )
  const inputs = Float32Array.from({ length: SIZE * SIZE }, (_, i) => ((i * 37) % 64) / 64 - 0.5)
  const a = Tensor.from(backend, inputs, [SIZE, SIZE], 'self-check')
  const b = Tensor.from(backend, weights, [SIZE, SIZE], 'self-check')
  const product = matmul(a, b, { transposeB: true })
  const got = await product.floats()
  release(a, b, product)
  const values = halfTable()
  return got.every((value, i) => {
    const [row, column] = [Math.floor(i / SIZE), i % SIZE]
    let sum = 0
    let size = 0
    for (let k = 0; k < SIZE; k++) {
      const term = inputs[row * SIZE + k] * values[weights[column * SIZE + k]]
      sum += term
      size += Math.abs(term)
    }
    return Math.abs(value - sum) <= TOLERANCE * (1 + size)
  })
}
