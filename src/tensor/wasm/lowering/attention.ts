/** @file Jobs of attention, of its map, and of both at once. */
import type { OpTable } from '../../backend.ts'
import type { Tensor } from '../../tensor.ts'
import { attention as attend } from '../attention/attention.ts'
import { fusedAttentionMap as fused, panelsOf } from '../attention/fused.ts'
import { MAX_CHANNELS, attentionMap as mapAttention } from '../attention/map.ts'
import { packKeys } from '../attention/pack.ts'
import { GROUP_QUERIES, MAX_HEAD_SIZE } from '../attention/panels.ts'
import { job, type Step } from '../kernel.ts'
import { ceil, type Lowering, type LoweringContext, SMALL } from './context.ts'

/** Queries a task, a multiple of `group`. */
function queriesPerTask(queries: number, groups: number, group: number, work: number, threads: number): number {
  const tasks = Math.min(threads === 1 ? 1 : 8 * threads, work / SMALL)
  // A task of a thread without company is short enough that the event loop gets its share.
  return Math.min(256, ceil(Math.max(1, Math.ceil((queries * groups) / Math.max(1, tasks))), group))
}

/** Panels of the keys and values. */
function packed({ k, v, heads }: { k: Tensor; v?: Tensor; heads: number }, context: LoweringContext) {
  const [batch, keys, channels] = k.shape
  const size = channels / heads
  const panelsK = context.temporary(4 * batch * heads * ceil(keys, 4) * size)
  const panelsV = v ? context.temporary(4 * batch * heads * ceil(size, 4) * keys) : 0
  const keysPerTask = context.threads === 1 ? ceil(keys, 4) : 1024
  const tasksPerHead = Math.ceil(keys / keysPerTask)
  const values = { k: context.address(k), v: context.address(v), panelsK, panelsV, keys, channels, size, heads, keysPerTask, tasksPerHead }
  return { panelsK, panelsV, pack: job(packKeys, values, batch * heads * tasksPerHead) }
}

/** Arguments that all three kernels take. */
function layer({ q, k, heads, scale }: Pick<OpTable['attention'], 'q' | 'k' | 'heads' | 'scale'>, context: LoweringContext) {
  const [batch, queries, channels] = q.shape
  const keys = k.shape[1]
  const values = { q: context.address(q), queries, keys, channels, size: channels / heads, heads, scale: scale * Math.LOG2E }
  // Multiply-adds of one product of all heads. The values are spread behind a kernel's own fields,
  // where V8 copies them in a fraction of the time.
  return { batch, work: batch * queries * keys * channels, values }
}

/** Keys and values are packed, then tasks are ranges of queries of a head. */
export const attention: Lowering<'attention'> = (args, context) => {
  const { batch, work, values } = layer(args, context)
  const { queries, size, heads } = values
  if (size > MAX_HEAD_SIZE) return undefined
  const { panelsK, panelsV, pack } = packed(args, context)
  const perTask = queriesPerTask(queries, batch * heads, GROUP_QUERIES, 2 * work, context.threads)
  const tasksPerHead = Math.ceil(queries / perTask)
  const own = { panelsK, panelsV, out: context.address(args.out), stats: context.address(args.stats), causal: Number(args.causal) }
  return [pack, job(attend, { queriesPerTask: perTask, tasksPerHead, ...values, ...own }, batch * heads * tasksPerHead)]
}

/** Keys are packed, then tasks are ranges of queries of all heads. */
export const attentionMap: Lowering<'attentionMap'> = (args, context) => {
  const { batch, work, values } = layer(args, context)
  const { queries, channels } = values
  if (channels > MAX_CHANNELS) return undefined
  const { panelsK, pack } = packed({ k: args.k, heads: args.heads }, context)
  // Wide heads leave room for fewer queries in the scratch memory.
  const group = Math.min(GROUP_QUERIES / 8, Math.floor(MAX_CHANNELS / channels) || 1)
  const perTask = queriesPerTask(queries, batch, 8 * group, work, context.threads)
  const tasksPerImage = Math.ceil(queries / perTask)
  const own = {
    panelsK,
    stats: context.address(args.stats),
    headWeights: context.address(args.headWeights),
    out: context.address(args.out),
    causal: Number(args.causal),
  }
  return [pack, job(mapAttention, { group, queriesPerTask: perTask, tasksPerImage, ...values, ...own }, batch * tasksPerImage)]
}

/**
 * `attention` and the `attentionMap` of its scores at once; nothing where the scores are too many
 * for that.
 */
export function attentionWithMap(args: OpTable['attention'], map: OpTable['attentionMap'], context: LoweringContext): Step[] | undefined {
  const { batch, work, values } = layer(args, context)
  const { queries, keys, size } = values
  const group = panelsOf(keys)
  if (size > MAX_HEAD_SIZE || args.causal || group === 0) return undefined
  const { panelsK, panelsV, pack } = packed(args, context)
  const perTask = queriesPerTask(queries, batch, 8 * group, 3 * work, context.threads)
  const tasksPerImage = Math.ceil(queries / perTask)
  const own = {
    panelsK,
    panelsV,
    out: context.address(args.out),
    stats: context.address(args.stats),
    headWeights: context.address(map.headWeights),
    map: context.address(map.out),
  }
  return [pack, job(fused, { group, queriesPerTask: perTask, tasksPerImage, ...values, ...own }, batch * tasksPerImage)]
}
