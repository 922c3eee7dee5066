/** @file Jobs of convolutions, by Winograd's way or as one product. */
import type { OpTable } from '../../backend.ts'
import { ACTIVATIONS } from '../gemm/epilogue.ts'
import { gemm } from '../gemm/gemm.ts'
import { LAYOUT } from '../gemm/pack.ts'
import { job } from '../kernel.ts'
import { MAX_BLOCK, MAX_FILTERS, MAX_TILES } from '../winograd/scratch.ts'
import { TILE } from '../winograd/transforms.ts'
import { winograd } from '../winograd/winograd.ts'
import { ceil, type Lowering, SMALL } from './context.ts'
import { cutProduct } from './cut.ts'
import { arrange } from './weight.ts'

/**
 * Below, transforming the filters takes more time than is saved: at one tile the direct way is 2.3
 * times faster, at 4 it is 1.2 to 1.8 times slower, at 9 it is 1.6 times slower.
 */
const FEWEST_TILES = 4

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

/** By Winograd where it wins, else one job of the GEMM, which gathers windows while it packs. */
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
  const blocks = cutProduct({ batch: 1, m, n, taps, channels }, context.threads)
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
    inPanels: 0,
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
  return [...arrange(weight, values, context), job(gemm, values, blocks.rowTasks * blocks.columnTasks)]
}
