/**
 * @file Products: the operands of one GEMM, the kernels that can compute it, and its dispatch.
 * Linear layers, convolutions and attention with long heads come here.
 */
import { type GemmVariant, gemm } from '../../shaders/gemm.ts'
import { type BroadcastVariant, gemmBroadcast } from '../../shaders/gemm-broadcast.ts'
import { fold } from '../../shaders/kernel.ts'
import { resultColumns } from '../../shaders/product.ts'
import type { Activation } from '../backend.ts'
import type { Tensor } from '../tensor.ts'
import type { Traits } from '../traits.ts'
import { type Context, lengthClass, withHalfProducts } from './context.ts'

/**
 * Operands of one GEMM, with the strides that let a head be a slice of channels. Offsets and
 * strides count elements.
 */
export interface Product {
  a: Tensor
  b: Tensor
  out: Tensor
  bias?: Tensor
  perImage?: Tensor
  residual?: Tensor
  activation: Activation
  /** out = value · activation(gate): `b` and `bias` have `n` values, then `n` gates. */
  gated?: boolean
  /** Operands are multiplied in f32 even where `Traits.arithmetic` allows f16. */
  exact?: boolean
  batch: number
  m: number
  n: number
  k: number
  transposeB: boolean
  alpha: number
  aOffset?: number
  aStride: number
  aBatch: number
  bOffset?: number
  bStride: number
  bBatch: number
  outOffset?: number
  outStride: number
  outBatch: number
  gather?: {
    taps: number
    kw: number
    height: number
    width: number
    outWidth: number
    outPixels: number
    stride: number
    top: number
    left: number
  }
}

/**
 * How a product is tiled. `tiles`: through workgroup memory; `broadcast`: by exchange within
 * subgroups. `half`: an f16 B is read as WGSL's f16. `products`: in which operands are multiplied.
 */
type Tiling = Tiles | Broadcast
type Tiles = { kernel: 'tiles' } & Pick<GemmVariant, 'threadsM' | 'threadsN' | 'rows' | 'columns' | 'tileK' | 'half' | 'products'>
type Broadcast = { kernel: 'broadcast' } & Pick<BroadcastVariant, 'threads' | 'rows' | 'columns' | 'lanes' | 'half'>

/** The window of a product whose A is not gathered from an image. */
const NO_WINDOW = { taps: 1, kw: 1, height: 1, width: 1, outWidth: 1, outPixels: 1, stride: 1, top: 0, left: 0 }

export function product(args: Product, context: Context): void {
  const {
    a,
    b,
    out,
    bias,
    perImage,
    residual,
    activation,
    gated = false,
    transposeB,
    batch,
    m,
    n,
    k,
    aOffset = 0,
    bOffset = 0,
    outOffset = 0,
  } = args
  const tiling = context.choose(
    `${gated ? 'linearGeglu' : args.gather ? 'conv2d' : 'matmul'} ${shapeClass(args)}`,
    tilings(args, context.traits),
  )
  const operands = { gather: args.gather !== undefined, transposeB, bType: b.dtype === 'f16' ? 'f16' : 'f32', activation, gated } as const
  const shader =
    tiling.kernel === 'broadcast'
      ? gemmBroadcast({ ...operands, ...tiling, tail: k % tiling.lanes !== 0, vecB: transposeB && vectorsOfB(args) })
      : gemm({
          ...operands,
          ...tiling,
          vecA: by4(k, args.aStride, aOffset, args.aBatch, a.size),
          vecB: vectorsOfB(args),
          vecOut: by4(n, args.outStride, outOffset, args.outBatch, out.size),
        })
  const results = resultColumns({ gated, columns: tiling.columns })
  const [rows, columns] =
    tiling.kernel === 'broadcast' ? [tiling.rows, tiling.threads * results] : [tiling.rows * tiling.threadsM, 4 * results * tiling.threadsN]
  const tilesN = Math.ceil(n / columns)
  const [x, y] = fold(tilesN * Math.ceil(m / rows))
  const { aStride, aBatch, bStride, bBatch, outStride, outBatch, alpha } = args
  context.dispatch({
    shader,
    tensors: [a, b, out, bias ?? a, residual ?? a, perImage ?? a],
    params: {
      ...{ m, n, k, tilesN, alpha, aOffset, aStride, aBatch, bOffset, bStride, bBatch, outOffset, outStride, outBatch },
      hasBias: Number(bias !== undefined),
      hasResidual: Number(residual !== undefined),
      hasPerImage: Number(perImage !== undefined),
      ...(args.gather ?? NO_WINDOW),
    },
    groups: [x, y, batch],
  })
}

/** The key by which the fastest tiling is remembered: all lengths. */
function shapeClass({ b, m, n, k, batch, transposeB, gather }: Product): string {
  const window = gather ? ` ${gather.taps} taps by ${gather.stride}` : ''
  return `${b.dtype}${transposeB ? '' : ' [k, n]'} ${lengthClass(m)} × ${n} × ${k}${window} × ${batch}`
}

/** The tilings that can compute a product, the likely best first. */
function tilings(args: Product, traits: Traits): readonly Tiling[] {
  const broadcast = traits.lanes > 0 ? [broadcastTiling(args)] : []
  const tiled = tiles(args)
  // Where every lane of a load is an access of its own, broadcasting wins; on a graphics card,
  // workgroup memory does unless measured otherwise.
  const packed = traits.software ? [...broadcast, ...tiled] : [...tiled, ...broadcast]
  const all = traits.half && args.b.dtype === 'f16' ? [...packed, ...forHalves(packed).map((t) => ({ ...t, half: true }))] : packed
  if (args.exact) return all
  const inHalves = forHalves(tiled).map((t) => ({ ...t, products: 'f16' }) as const)
  return withHalfProducts(traits, all, inHalves)
}

/** Most threads of a broadcasting workgroup. */
const MOST_THREADS = 40

/**
 * The more columns a thread has, the more multiply-adds share a load; with more rows, registers run
 * out and nothing is gained.
 */
function broadcastTiling({ m, n, k, gated = false }: Product): Tiling {
  const lanes = k % 8 === 0 || (k > 4 && k % 4 !== 0) ? 8 : 4
  const columns = n > 64 ? 4 : gated || n > 32 ? 2 : 1
  const results = resultColumns({ gated, columns })
  // As few threads past the last column as can be.
  const threads = 8 * Math.ceil(n / (8 * results * Math.ceil(n / (MOST_THREADS * results))))
  return { kernel: 'broadcast', lanes, rows: m > 4 ? 16 : 4, threads, columns }
}

/**
 * The tilings that are worth an f16 form. Tiles then take half the memory: the largest may be twice
 * as deep.
 */
function forHalves<T extends Tiling>(tilings: readonly T[]): T[] {
  const kept = tilings.filter((t) => t.kernel === 'broadcast' || t.columns === 2 || tilings.length === 1)
  return kept.map((t) => (t.kernel === 'tiles' && t.columns === 2 && t.tileK === 8 ? { ...t, tileK: 16 } : t))
}

/**
 * Products small enough that large tiles would leave most of a device idle use small ones; results
 * of few columns (a narrow model's convolutions, the last one of any VAE) take a tile that is
 * narrow too, since threads past the last column do nothing.
 */
function tiles({ m, n, batch, gated }: Product): Tiles[] {
  const tile = (threadsM: number, threadsN: number, rows: number, columns: number, tileK: number): Tiles =>
    ({ kernel: 'tiles', threadsM, threadsN, rows, columns, tileK }) as const
  // A thread's columns are pairs: half the width.
  if (gated)
    return Math.ceil(m / 64) * Math.ceil(n / 32) >= 32
      ? [tile(8, 8, 8, 2, 16), tile(16, 16, 8, 2, 8), tile(8, 8, 4, 2, 16)]
      : [tile(8, 8, 4, 2, 16)]
  // Narrow tiles belong to narrow models, whose windows are short as well.
  if (n <= 8) return [tile(32, 2, 4, 1, 8)]
  if (n <= 16) return [tile(16, 4, 4, 1, 16)]
  const small = tile(8, 8, 4, 1, 16)
  const many = Math.ceil(m / 64) * Math.ceil(n / 64) * batch >= 32 && n > 32
  return many ? [tile(8, 8, 8, 2, 16), tile(16, 16, 4, 1, 16), tile(16, 16, 8, 2, 8), small] : [small]
}

function vectorsOfB({ b, n, k, transposeB, bOffset = 0, bStride, bBatch }: Product): boolean {
  return by4(bStride, bOffset, bBatch, b.size, transposeB ? k : n)
}

const by4 = (...lengths: number[]) => lengths.every((n) => n % 4 === 0)
