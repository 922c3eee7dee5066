/**
 * @file Matrix products, and the epilogue that they share with convolution: factor, bias,
 * activation, residual.
 */
import type { Activation, OpTable } from '../backend.ts'
import { f32, floats } from '../host/memory.ts'
import type { Tensor } from '../tensor.ts'
import { activations } from './activation.ts'
import { type Finish, gemm, TILE_M, TILE_N } from './gemm.ts'
import { packColumns, packRows } from './pack.ts'

export interface Epilogue {
  alpha: number
  bias?: Tensor
  /** [images, n]; row m belongs to image ⌊m/pixels⌋. */
  perImage?: Tensor
  pixels: number
  residual?: Tensor
  activation: Activation
}

/** Stores activation(alpha·sum + bias + perImage) + residual at out[offset + m·n + j]. */
export function store(out: Float32Array, offset: number, n: number, epilogue: Epilogue): Finish {
  const { alpha, pixels } = epilogue
  const bias = epilogue.bias && f32(epilogue.bias)
  const perImage = epilogue.perImage && f32(epilogue.perImage)
  const residual = epilogue.residual && f32(epilogue.residual)
  const activate = epilogue.activation === 'none' ? undefined : activations[epilogue.activation]
  // One pass per step over a row of the tile (which is in the L1 cache) keeps each loop free of
  // branches.
  return (sums, m0, rows, n0, columns) => {
    for (let r = 0; r < rows; r++) {
      const s = r * TILE_N
      const row = offset + (m0 + r) * n + n0
      if (alpha !== 1) for (let j = 0; j < columns; j++) sums[s + j] *= alpha
      if (bias) for (let j = 0; j < columns; j++) sums[s + j] += bias[n0 + j]
      if (perImage) {
        const image = Math.floor((m0 + r) / pixels) * n + n0
        for (let j = 0; j < columns; j++) sums[s + j] += perImage[image + j]
      }
      if (activate) for (let j = 0; j < columns; j++) sums[s + j] = activate(sums[s + j])
      if (residual) for (let j = 0; j < columns; j++) sums[s + j] += residual[row + j]
      for (let j = 0; j < columns; j++) out[row + j] = sums[s + j]
    }
  }
}

export function matmul(args: OpTable['matmul']): void {
  const { batch, m, n, k, transposeB, sharedB } = args
  const a = f32(args.a)
  const b = floats(args.b)
  const out = f32(args.out)
  const epilogue = { ...args, pixels: 1 }
  for (let i = 0; i < batch; i++) {
    const offset = sharedB ? 0 : i * n * k
    const packB = transposeB ? packRows(b, offset, k) : packColumns(b, offset, n)
    gemm(m, n, k, packRows(a, i * m * k, k), packB, store(out, i * m * n, n, epilogue))
  }
}

export function linearGeglu({ x, weight, bias, out }: OpTable['linearGeglu']): void {
  const [m, k] = x.shape as [number, number]
  const width = weight.shape[0]!
  const channels = width / 2
  const to = f32(out)
  const shift = bias && f32(bias)
  const { gelu } = activations
  // Values and gates of one row of tiles.
  const wide = new Float64Array(TILE_M * width)
  gemm(m, width, k, packRows(f32(x), 0, k), packRows(floats(weight), 0, k), (sums, m0, rows, n0, columns) => {
    for (let r = 0; r < rows; r++)
      for (let j = 0; j < columns; j++) wide[r * width + n0 + j] = sums[r * TILE_N + j] + (shift ? shift[n0 + j] : 0)
    if (n0 + columns < width) return
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < channels; c++) to[(m0 + r) * channels + c] = wide[r * width + c] * gelu(wide[r * width + channels + c])
  })
}
