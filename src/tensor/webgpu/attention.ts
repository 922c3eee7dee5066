/**
 * @file Attention: fused, or as products of blocks of queries; and the pass that yields its
 * probabilities.
 */
import { attentionVariant, attention as fused, MAX_HEAD, QUERIES } from '../../shaders/attention.ts'
import { MAP_TILE, attentionMap as mapTiles } from '../../shaders/attention-map.ts'
import { attentionMapBroadcast, MAP_COLUMNS, MAP_ROWS } from '../../shaders/attention-map-broadcast.ts'
import { fold, widthOf } from '../../shaders/kernel.ts'
import { softmax } from '../../shaders/rows.ts'
import type { OpTable } from '../backend.ts'
import type { Traits } from '../traits.ts'
import { type Context, lengthClass, reductionFor, withHalfProducts } from './context.ts'
import { product } from './product.ts'

/**
 * Memory for one block of scores: small beside a map of all queries, large enough for products to
 * fill a device.
 */
const SCORE_BYTES = 2 * 2 ** 20

export function attention(args: OpTable['attention'], context: Context): void {
  const { q, k, v, out, stats, heads, scale, causal } = args
  const [batch, queries, channels] = q.shape as [number, number, number]
  const keys = k.shape[1]!
  const headSize = channels / heads
  const key = `attention ${lengthClass(queries)} × ${lengthClass(keys)}, ${heads} × ${headSize}`
  const way = context.choose(key, waysOf(headSize, context.traits))
  if (way === 'blocks') blockwise(args, context)
  else
    context.dispatch({
      shader: fused({ ...attentionVariant(headSize), products: way === 'fused, f16' ? 'f16' : 'f32' }),
      tensors: [q, k, v, out, stats ?? context.temporary([batch, heads, queries, 2])],
      params: { queries, keys, channels, heads, headSize, scale, causal: Number(causal) },
      groups: [Math.ceil(queries / QUERIES), heads, batch],
    })
}

type Way = 'fused' | 'fused, f16' | 'blocks'

/**
 * Heads too long for a thread's registers have no choice; blocks gain where products are much
 * faster than the fused kernel. They choose the type of their products by themselves.
 */
function waysOf(headSize: number, traits: Traits): readonly Way[] {
  if (headSize > MAX_HEAD) return ['blocks']
  const full: Way[] = traits.software && traits.lanes > 0 ? ['blocks', 'fused'] : ['fused', 'blocks']
  return withHalfProducts<Way>(traits, full, ['fused, f16'])
}

/** Scores of a block of queries, softmax, times values, head by head. */
function blockwise(args: OpTable['attention'], context: Context): void {
  const { q, k, v, out, stats, heads, scale, causal } = args
  const [batch, queries, channels] = q.shape as [number, number, number]
  const keys = k.shape[1]!
  const headSize = channels / heads
  const block = Math.max(1, Math.min(queries, Math.floor(Math.min(SCORE_BYTES, context.maxTensorBytes) / 4 / keys)))
  const width = widthOf(keys)
  const scores = context.temporary([block, keys])
  const weights = context.temporary([block, keys])
  const statistics = stats ?? context.temporary([batch, heads, queries, 2])
  const shared = { activation: 'none', batch: 1, aBatch: 0, bBatch: 0, outBatch: 0 } as const
  for (let image = 0; image < batch; image++)
    for (let head = 0; head < heads; head++)
      for (let first = 0; first < queries; first += block) {
        const m = Math.min(block, queries - first)
        const qOffset = (image * queries + first) * channels + head * headSize
        const kvOffset = image * keys * channels + head * headSize
        product(
          {
            ...shared,
            a: q,
            b: k,
            out: scores,
            m,
            n: keys,
            k: headSize,
            transposeB: true,
            alpha: scale,
            aOffset: qOffset,
            aStride: channels,
            bOffset: kvOffset,
            bStride: channels,
            outStride: keys,
          },
          context,
        )
        context.dispatch({
          shader: softmax(true, reductionFor('softmax', keys, context), width),
          tensors: [scores, weights, statistics],
          params: {
            rows: m,
            length: keys / width,
            causalFrom: causal ? first : -1,
            statsOffset: ((image * heads + head) * queries + first) * 2,
          },
          groups: fold(m),
        })
        product(
          {
            ...shared,
            a: weights,
            b: v,
            out,
            m,
            n: headSize,
            k: keys,
            transposeB: false,
            // Weights of many keys are so small that f16 would keep few of their digits.
            exact: true,
            alpha: 1,
            aStride: keys,
            bOffset: kvOffset,
            bStride: channels,
            outOffset: qOffset,
            outStride: channels,
          },
          context,
        )
      }
}

export function attentionMap({ q, k, stats, headWeights, out, heads, scale, causal }: OpTable['attentionMap'], context: Context): void {
  const [batch, queries, channels] = q.shape as [number, number, number]
  const keys = k.shape[1]!
  const headSize = channels / heads
  const { traits } = context
  const possible = traits.lanes > 0 && headSize % 4 === 0
  const full = !possible ? ['tiles'] : traits.software ? ['broadcast', 'tiles'] : ['tiles', 'broadcast']
  const key = `attentionMap ${lengthClass(queries)} × ${lengthClass(keys)}, ${heads} × ${headSize}`
  const way = context.choose(key, withHalfProducts(traits, full, ['tiles, f16']))
  const broadcast = way === 'broadcast'
  const [rows, columns] = broadcast ? [MAP_ROWS, MAP_COLUMNS] : [MAP_TILE, MAP_TILE]
  context.dispatch({
    shader: broadcast
      ? attentionMapBroadcast(headSize % 8 === 0 ? 8 : 4)
      : mapTiles(headSize % 4 === 0, way === 'tiles, f16' ? 'f16' : 'f32'),
    tensors: [q, k, stats, headWeights, out],
    params: { queries, keys, channels, heads, headSize, scale, causal: Number(causal) },
    groups: [Math.ceil(keys / columns), Math.ceil(queries / rows), batch],
  })
}
