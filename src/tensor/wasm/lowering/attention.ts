/** @file Jobs of attention, of its map, and of both at once. */
import type { OpTable } from '../../backend.ts'
import type { Tensor } from '../../tensor.ts'
import { attention as attend, GROUP_QUERIES, MAX_CHANNELS, MAX_HEAD_SIZE, attentionMap as mapAttention, packKeys } from '../attention.ts'
import { attentionBoth as attendBoth, panelsOf } from '../fused-attention-map.ts'
import { job, type Step } from '../kernel.ts'
import { ceil, type Plan, type Site, SMALL } from './context.ts'

/** Queries a task, a multiple of `group`. */
function queriesPerTask(queries: number, groups: number, group: number, work: number, threads: number): number {
  const tasks = Math.min(threads === 1 ? 1 : 8 * threads, work / SMALL)
  // A task of a thread without company is short enough to leave the event loop its turns.
  return Math.min(256, ceil(Math.max(1, Math.ceil((queries * groups) / Math.max(1, tasks))), group))
}

/** Panels of the keys and values. */
function packed({ k, v, heads }: { k: Tensor; v?: Tensor; heads: number }, site: Site) {
  const [batch, keys, channels] = k.shape
  const size = channels / heads
  const panelsK = site.temporary(4 * batch * heads * ceil(keys, 4) * size)
  const panelsV = v ? site.temporary(4 * batch * heads * ceil(size, 4) * keys) : 0
  const keysPerTask = site.threads === 1 ? ceil(keys, 4) : 1024
  const tasksPerHead = Math.ceil(keys / keysPerTask)
  const values = { k: site.address(k), v: site.address(v), panelsK, panelsV, keys, channels, size, heads, keysPerTask, tasksPerHead }
  return { panelsK, panelsV, pack: job(packKeys, values, batch * heads * tasksPerHead) }
}

/** What all three kernels are told of a layer. */
function layer({ q, k, heads, scale }: Pick<OpTable['attention'], 'q' | 'k' | 'heads' | 'scale'>, site: Site) {
  const [batch, queries, channels] = q.shape
  const keys = k.shape[1]
  const values = { q: site.address(q), queries, keys, channels, size: channels / heads, heads, scale: scale * Math.LOG2E }
  // Multiply-adds of one product of all heads.
  return { batch, work: batch * queries * keys * channels, values }
}

export const attention: Plan<'attention'> = (args, site) => {
  const { batch, work, values } = layer(args, site)
  const { queries, size, heads } = values
  if (size > MAX_HEAD_SIZE) return undefined
  const { panelsK, panelsV, pack } = packed(args, site)
  const perTask = queriesPerTask(queries, batch * heads, GROUP_QUERIES, 2 * work, site.threads)
  const tasksPerHead = Math.ceil(queries / perTask)
  const own = { panelsK, panelsV, out: site.address(args.out), stats: site.address(args.stats), causal: Number(args.causal) }
  return [pack, job(attend, { ...values, ...own, queriesPerTask: perTask, tasksPerHead }, batch * heads * tasksPerHead)]
}

export const attentionMap: Plan<'attentionMap'> = (args, site) => {
  const { batch, work, values } = layer(args, site)
  const { queries, channels } = values
  if (channels > MAX_CHANNELS) return undefined
  const { panelsK, pack } = packed({ k: args.k, heads: args.heads }, site)
  // Wide heads leave room for fewer queries in the scratch memory.
  const group = Math.min(GROUP_QUERIES / 8, Math.floor(MAX_CHANNELS / channels) || 1)
  const perTask = queriesPerTask(queries, batch, 8 * group, work, site.threads)
  const tasksPerImage = Math.ceil(queries / perTask)
  const own = {
    panelsK,
    stats: site.address(args.stats),
    headWeights: site.address(args.headWeights),
    out: site.address(args.out),
    causal: Number(args.causal),
  }
  return [pack, job(mapAttention, { ...values, ...own, group, queriesPerTask: perTask, tasksPerImage }, batch * tasksPerImage)]
}

/** `attention` and the `attentionMap` of its scores at once; nothing where the scores are too many for that. */
export function attentionWithMap(args: OpTable['attention'], map: OpTable['attentionMap'], site: Site): Step[] | undefined {
  const { batch, work, values } = layer(args, site)
  const { queries, keys, size } = values
  const group = panelsOf(keys)
  if (size > MAX_HEAD_SIZE || args.causal || group === 0) return undefined
  const { panelsK, panelsV, pack } = packed(args, site)
  const perTask = queriesPerTask(queries, batch, 8 * group, 3 * work, site.threads)
  const tasksPerImage = Math.ceil(queries / perTask)
  const own = {
    panelsK,
    panelsV,
    out: site.address(args.out),
    stats: site.address(args.stats),
    headWeights: site.address(map.headWeights),
    map: site.address(map.out),
  }
  return [pack, job(attendBoth, { ...values, ...own, group, queriesPerTask: perTask, tasksPerImage }, batch * tasksPerImage)]
}
