/**
 * @file Convolutions: as an implicit GEMM over the window's taps, or for 3×3 windows of stride 1 by
 * Winograd's transforms around a batch of 36 products.
 *
 * Winograd's operands are 2 to 4 times as large as what they come from, so tiles are worked on in
 * chunks; the filters are transformed at every call, which costs little where there are many tiles,
 * and nothing of it stays in memory.
 */
import { transformFilters, transformResults, transformTiles } from '../../shaders/winograd.ts'
import { POINTS, TILE } from '../../toom-cook.ts'
import type { OpTable } from '../backend.ts'
import { type Context, dispatchEach, lengthClass } from './context.ts'
import { product } from './product.ts'

/** Memory for the transformed filters, for a chunk of transformed tiles, and for its products. */
const CHUNK_BYTES = 64 * 2 ** 20
/** With fewer tiles, transforming the filters costs more than the multiplications saved. */
const MIN_TILES = 48
/** With fewer channels or filters, the transforms do. */
const MIN_CHANNELS = 16

const chunkBytes = ({ maxTensorBytes }: Context) => Math.min(CHUNK_BYTES, maxTensorBytes)

export function conv2d(args: OpTable['conv2d'], context: Context): void {
  const { weight, out, stride } = args
  const [batch, outHeight, outWidth, filters] = out.shape as [number, number, number, number]
  const [, kh, kw, channels] = weight.shape as [number, number, number, number]
  const key = `convolution ${weight.dtype} ${kh}×${kw}/${stride}, ${lengthClass(batch * outHeight * outWidth)} pixels, ${channels} → ${filters}`
  if (context.choose(key, waysOf(args, context)) === 'winograd') winograd(args, context)
  else direct(args, context)
}

function waysOf({ weight, out, stride }: OpTable['conv2d'], context: Context): readonly ('winograd' | 'direct')[] {
  const [batch, height, width, filters] = out.shape as [number, number, number, number]
  const [, kh, kw, channels] = weight.shape as [number, number, number, number]
  const tiles = batch * Math.ceil(height / TILE) * Math.ceil(width / TILE)
  const fits = 4 * POINTS * filters * channels <= chunkBytes(context)
  if (!(kh === 3 && kw === 3 && stride === 1 && Math.min(channels, filters) >= MIN_CHANNELS && tiles >= MIN_TILES && fits))
    return ['direct']
  // Measured on llvmpipe; on a graphics card the tuner has to say.
  return context.traits.software && context.traits.lanes > 0 ? ['winograd', 'direct'] : ['direct', 'winograd']
}

function direct(args: OpTable['conv2d'], context: Context): void {
  const { x, weight, out, stride, top, left } = args
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const [filters, kh, kw] = weight.shape as [number, number, number, number]
  const [, outHeight, outWidth] = out.shape as [number, number, number, number]
  const outPixels = outHeight * outWidth
  product(
    {
      ...args,
      a: x,
      b: weight,
      batch: 1,
      m: batch * outPixels,
      n: filters,
      k: channels,
      transposeB: true,
      alpha: 1,
      aStride: channels,
      aBatch: 0,
      bStride: kh * kw * channels,
      bBatch: 0,
      outStride: filters,
      outBatch: 0,
      gather: { taps: kh * kw, kw, height, width, outWidth, outPixels, stride, top, left },
    },
    context,
  )
}

function winograd({ x, weight, bias, perImage, residual, out, top, left, activation }: OpTable['conv2d'], context: Context): void {
  const { temporary } = context
  const [, height, width, channels] = x.shape as [number, number, number, number]
  const [batch, outHeight, outWidth, filters] = out.shape as [number, number, number, number]
  const [tilesY, tilesX] = [Math.ceil(outHeight / TILE), Math.ceil(outWidth / TILE)]
  const tiles = batch * tilesY * tilesX
  const chunk = Math.min(tiles, Math.max(1, Math.floor(chunkBytes(context) / (4 * POINTS * Math.max(channels, filters)))))
  const transformed = temporary([POINTS, filters, channels])
  const spread = temporary([POINTS, chunk, channels])
  const products = temporary([POINTS, chunk, filters])
  dispatchEach(context, transformFilters(weight.dtype === 'f16' ? 'f16' : 'f32'), [weight, transformed], filters * channels, { channels })
  for (let firstTile = 0; firstTile < tiles; firstTile += chunk) {
    const m = Math.min(chunk, tiles - firstTile)
    const position = { firstTile, tilesX, tilesY }
    const params = { ...position, channels, height, width, top, left }
    dispatchEach(context, transformTiles(), [x, spread], m * channels, params)
    product(
      {
        a: spread,
        b: transformed,
        out: products,
        activation: 'none',
        batch: POINTS,
        m,
        n: filters,
        k: channels,
        transposeB: true,
        alpha: 1,
        aStride: channels,
        aBatch: m * channels,
        bStride: channels,
        bBatch: filters * channels,
        outStride: filters,
        outBatch: m * filters,
      },
      context,
    )
    const operands = [products, bias ?? products, perImage ?? products, residual ?? products, out]
    dispatchEach(context, transformResults(activation), operands, m * filters, {
      ...{ ...position, channels: filters, height: outHeight, width: outWidth },
      hasBias: Number(bias !== undefined),
      hasPerImage: Number(perImage !== undefined),
      hasResidual: Number(residual !== undefined),
    })
  }
}
