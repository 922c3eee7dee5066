/**
 * @file From ops to jobs: addresses, blocking, and how work is cut into tasks. Ops without a plan here run as plain TypeScript over the same memory.
 */
import type { OpName, OpTable } from '../backend.ts'
import type { Tensor } from '../tensor.ts'
import { ACTIVATIONS, gemm, LAYOUT, MAX_COLUMNS, MAX_DEPTH } from './gemm.ts'
import { type Job, job, type Step } from './kernel.ts'

/** What plans are made with. */
export interface Site {
  readonly threads: number
  /** A tensor's address; 0 for none. */
  address(tensor: Tensor | undefined): number
  /** Address of memory for this op alone. */
  temporary(bytes: number): number
}

export type Plans = { [K in OpName]?: (args: OpTable[K], site: Site) => Step[] }

/** Multiply-adds below which a task is not worth another thread's attention: about 30 µs. */
const SMALL = 2 ** 20

const ceil = (n: number, step: number) => Math.ceil(n / step) * step

interface Product {
  batch: number
  m: number
  n: number
  taps: number
  channels: number
}

/** Blocks of k and the cut into tasks. */
function cut({ batch, m, n, taps, channels }: Product, threads: number) {
  let [blockTaps, blockChannels] = [1, channels]
  if (channels > MAX_DEPTH) blockChannels = ceil(channels / Math.ceil(channels / MAX_DEPTH), 4)
  else blockTaps = Math.ceil(taps / Math.ceil(taps / Math.floor(MAX_DEPTH / channels)))
  let columns = ceil(n / Math.ceil(n / MAX_COLUMNS), 8)
  // A task packs its block of B for all its rows: below a few hundred rows that begins to cost.
  let rows = Math.min(512, ceil(m, 4))
  const count = () => batch * Math.ceil(m / rows) * Math.ceil(n / columns)
  const wanted = threads === 1 ? 1 : Math.min(4 * threads, (batch * m * n * taps * channels) / SMALL)
  while (count() < wanted) {
    if (rows > 256) rows = ceil(rows / 2, 64)
    else if (columns > 64) columns = ceil(columns / 2, 8)
    else if (rows > 64) rows = ceil(rows / 2, 64)
    else break
  }
  return {
    blockTaps,
    blockChannels,
    rowsPerTask: rows,
    columnsPerTask: columns,
    rowTasks: Math.ceil(m / rows),
    columnTasks: Math.ceil(n / columns),
  }
}

const NO_WINDOW = { width: 0, height: 0, kernelWidth: 1, outWidth: 0, stride: 1, top: 0, left: 0 }

function matmul(args: OpTable['matmul'], site: Site): Job[] {
  const { a, b, out, batch, m, n, k, transposeB, sharedB, alpha } = args
  const half = b.dtype === 'f16'
  const size = half ? 2 : 4
  const blocks = cut({ batch, m, n, taps: 1, channels: k }, site.threads)
  const values = {
    a: site.address(a),
    b: site.address(b),
    c: site.address(out),
    bias: site.address(args.bias),
    perImage: 0,
    residual: site.address(args.residual),
    m,
    n,
    batchA: 4 * m * k,
    batchB: sharedB ? 0 : size * n * k,
    strideB: size * (transposeB ? k : n),
    layout: transposeB ? (half ? LAYOUT.halfRows : LAYOUT.rows) : half ? LAYOUT.halfColumns : LAYOUT.columns,
    taps: 1,
    channels: k,
    ...blocks,
    ...NO_WINDOW,
    pixels: 1,
    alpha,
    activation: ACTIVATIONS.indexOf(args.activation),
  }
  return [job(gemm, values, batch * blocks.rowTasks * blocks.columnTasks)]
}

function conv2d(args: OpTable['conv2d'], site: Site): Job[] {
  const { x, weight, out, stride, top, left } = args
  const [, height, width, channels] = x.shape
  const [batch, outHeight, outWidth, n] = out.shape
  const [, kh, kw] = weight.shape
  const half = weight.dtype === 'f16'
  const pixels = outHeight * outWidth
  const m = batch * pixels
  const taps = kh * kw
  const blocks = cut({ batch: 1, m, n, taps, channels }, site.threads)
  const values = {
    a: site.address(x),
    b: site.address(weight),
    c: site.address(out),
    bias: site.address(args.bias),
    perImage: site.address(args.perImage),
    residual: site.address(args.residual),
    m,
    n,
    batchA: 0,
    batchB: 0,
    strideB: (half ? 2 : 4) * taps * channels,
    layout: half ? LAYOUT.halfRows : LAYOUT.rows,
    taps,
    channels,
    ...blocks,
    width,
    height,
    kernelWidth: kw,
    outWidth,
    stride,
    top,
    left,
    pixels,
    alpha: 1,
    activation: ACTIVATIONS.indexOf(args.activation),
  }
  return [job(gemm, values, blocks.rowTasks * blocks.columnTasks)]
}

export const plans: Plans = { matmul, conv2d }
