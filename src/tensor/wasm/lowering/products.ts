import type { OpTable } from '../../backend.ts'
import { geglu } from '../elementwise.ts'
import { ACTIVATIONS } from '../gemm/epilogue.ts'
import { gemm, MAX_COLUMNS, MAX_DEPTH } from '../gemm/gemm.ts'
import { LAYOUT } from '../gemm/pack.ts'
import { job, type Step } from '../kernel.ts'
import { MAX_BLOCK, MAX_FILTERS, MAX_TILES } from '../winograd/scratch.ts'
import { TILE } from '../winograd/transforms.ts'
import { winograd } from '../winograd/winograd.ts'
import { ceil, type Lowering, type LoweringContext, perTask, SMALL } from './context.ts'

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

export const matmul: Lowering<'matmul'> = (args, context) => {
  const { a, b, out, bias, residual, ...rest } = args
  const addresses = { a: context.address(a), c: context.address(out), residual: context.address(residual) }
  return [multiply({ ...rest, ...addresses, b, bias }, context)]
}

/** A product whose a, c and residual are addresses. */
function multiply(
  args: Omit<OpTable['matmul'], 'a' | 'out' | 'residual'> & { a: number; c: number; residual: number },
  context: LoweringContext,
): Step {
  const { a, b, c, bias, residual, batch, m, n, k, transposeB, sharedB, alpha } = args
  const half = b.dtype === 'f16'
  const size = half ? 2 : 4
  const blocks = cut({ batch, m, n, taps: 1, channels: k }, context.threads)
  const values = {
    a,
    b: context.address(b),
    c,
    bias: context.address(bias),
    perImage: 0,
    residual,
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
  return job(gemm, values, batch * blocks.rowTasks * blocks.columnTasks)
}

/**
 * Rows of a GEGLU whose values and gates are computed before they meet: as many as a task of the
 * product has, and few enough to stay in the cache.
 */
const GATED_ROWS = 512

/** Some rows at a time: the product into temporary memory, then the gates. */
export const linearGeglu: Lowering<'linearGeglu'> = ({ x, weight, bias, out }, context) => {
  const [rows, k] = x.shape
  const n = weight.shape[0]
  const channels = n / 2
  const wide = context.temporary(4 * Math.min(rows, GATED_ROWS) * n)
  const steps: Step[] = []
  for (let first = 0; first < rows; first += GATED_ROWS) {
    const m = Math.min(GATED_ROWS, rows - first)
    const addresses = { a: context.address(x) + 4 * first * k, b: weight, c: wide, bias, residual: 0 }
    const shape = { batch: 1, m, n, k, transposeB: true, sharedB: true, alpha: 1, activation: 'none' } as const
    const rowsPerTask = perTask(m, 4 * n, context)
    const values = { x: wide, out: context.address(out) + 4 * first * channels, rows: m, channels, rowsPerTask }
    steps.push(multiply({ ...addresses, ...shape }, context), job(geglu, values, Math.ceil(m / rowsPerTask)))
  }
  return steps
}

/**
 * Below, transforming the filters takes more time than is saved: at 16 tiles the direct way is 1.5
 * times slower, at 4 it is 1.7 times faster.
 */
const FEWEST_TILES = 12

/**
 * Whether Winograd's way is defined for a convolution, and its tiles of 4×4 pixels are filled well
 * enough to win.
 */
function suitsWinograd({ weight, out, stride }: OpTable['conv2d']): boolean {
  const [filters, kh, kw, channels] = weight.shape
  const [batch, height, width] = out.shape
  const tiles = batch * Math.ceil(height / TILE) * Math.ceil(width / TILE)
  const large = channels >= 8 && filters >= 8 && channels % 4 === 0 && filters % 4 === 0
  return kh === 3 && kw === 3 && stride === 1 && large && tiles >= FEWEST_TILES && batch * height * width >= 8 * tiles
}

const throughWinograd: Lowering<'conv2d'> = (args, context) => {
  const { x, weight, out, top, left } = args
  const [, height, width, channels] = x.shape
  const [batch, outHeight, outWidth, filters] = out.shape
  const [tilesX, tilesY] = [Math.ceil(outWidth / TILE), Math.ceil(outHeight / TILE)]
  const tiles = batch * tilesX * tilesY
  let filtersPerTask = ceil(filters / Math.ceil(filters / MAX_FILTERS), 8)
  let tilesPerTask = Math.min(MAX_TILES, ceil(tiles, 4))
  const count = () => Math.ceil(tiles / tilesPerTask) * Math.ceil(filters / filtersPerTask)
  const wanted = context.threads === 1 ? 1 : Math.min(4 * context.threads, (36 * tiles * filters * channels) / SMALL)
  while (count() < wanted) {
    if (filtersPerTask > 32) filtersPerTask = ceil(filtersPerTask / 2, 8)
    else if (tilesPerTask > 16) tilesPerTask = ceil(tilesPerTask / 2, 4)
    else break
  }
  const filterTasks = Math.ceil(filters / filtersPerTask)
  const values = {
    x: context.address(x),
    weight: context.address(weight),
    out: context.address(out),
    bias: context.address(args.bias),
    perImage: context.address(args.perImage),
    residual: context.address(args.residual),
    half: Number(weight.dtype === 'f16'),
    channels,
    filters,
    width,
    height,
    outWidth,
    outHeight,
    top,
    left,
    tiles,
    tilesX,
    tilesY,
    tilesPerTask,
    filtersPerTask,
    filterTasks,
    blockChannels: ceil(channels / Math.ceil(channels / MAX_BLOCK), 4),
    activation: ACTIVATIONS.indexOf(args.activation),
  }
  return [job(winograd, values, filterTasks * Math.ceil(tiles / tilesPerTask))]
}

export const conv2d: Lowering<'conv2d'> = (args, context) => {
  if (suitsWinograd(args)) return throughWinograd(args, context)
  const { x, weight, out, stride, top, left } = args
  const [, height, width, channels] = x.shape
  const [batch, outHeight, outWidth, n] = out.shape
  const [, kh, kw] = weight.shape
  const half = weight.dtype === 'f16'
  const pixels = outHeight * outWidth
  const m = batch * pixels
  const taps = kh * kw
  const blocks = cut({ batch: 1, m, n, taps, channels }, context.threads)
  const values = {
    a: context.address(x),
    b: context.address(weight),
    c: context.address(out),
    bias: context.address(args.bias),
    perImage: context.address(args.perImage),
    residual: context.address(args.residual),
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
