/** @file Jobs of attention, of its map, and of both at once. */
import type { OpTable } from '../../backend.ts'
import type { Tensor } from '../../tensor.ts'
import { attention as attend, GROUP_QUERIES, MAX_CHANNELS, MAX_HEAD_SIZE, attentionMap as mapAttention, packKeys } from '../attention.ts'
import { attentionBoth as attendBoth, panelsOf } from '../attention-both.ts'
import { job, type Step } from '../kernel.ts'
import { ceil, type Plan, type Site, SMALL } from './site.ts'

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

export const attention: Plan<'attention'> = (args, site) => {
  const { q, k, heads, causal, scale } = args
  const [batch, queries, channels] = q.shape
  const keys = k.shape[1]
  const size = channels / heads
  if (size > MAX_HEAD_SIZE) return undefined
  const { panelsK, panelsV, pack } = packed(args, site)
  const perTask = queriesPerTask(queries, batch * heads, GROUP_QUERIES, 2 * batch * queries * keys * channels, site.threads)
  const tasksPerHead = Math.ceil(queries / perTask)
  const values = {
    q: site.address(q),
    panelsK,
    panelsV,
    out: site.address(args.out),
    stats: site.address(args.stats),
    queries,
    keys,
    channels,
    size,
    heads,
    queriesPerTask: perTask,
    tasksPerHead,
    causal: Number(causal),
    scale: scale * Math.LOG2E,
  }
  return [pack, job(attend, values, batch * heads * tasksPerHead)]
}

export const attentionMap: Plan<'attentionMap'> = (args, site) => {
  const { q, k, heads, causal, scale } = args
  const [batch, queries, channels] = q.shape
  const keys = k.shape[1]
  if (channels > MAX_CHANNELS) return undefined
  const { panelsK, pack } = packed({ k, heads }, site)
  // Wide heads leave room for fewer queries in the scratch memory.
  const group = Math.min(GROUP_QUERIES / 8, Math.floor(MAX_CHANNELS / channels) || 1)
  const perTask = queriesPerTask(queries, batch, 8 * group, batch * queries * keys * channels, site.threads)
  const tasksPerImage = Math.ceil(queries / perTask)
  const values = {
    q: site.address(q),
    panelsK,
    stats: site.address(args.stats),
    headWeights: site.address(args.headWeights),
    out: site.address(args.out),
    queries,
    keys,
    channels,
    size: channels / heads,
    heads,
    group,
    queriesPerTask: perTask,
    tasksPerImage,
    causal: Number(causal),
    scale: scale * Math.LOG2E,
  }
  return [pack, job(mapAttention, values, batch * tasksPerImage)]
}

/** `attention` and the `attentionMap` of its scores at once; nothing where the scores are too many for that. */
export function attentionWithMap(args: OpTable['attention'], map: OpTable['attentionMap'], site: Site): Step[] | undefined {
  const { q, k, heads, causal, scale } = args
  const [batch, queries, channels] = q.shape
  const keys = k.shape[1]
  const size = channels / heads
  const group = panelsOf(keys)
  if (size > MAX_HEAD_SIZE || causal || group === 0) return undefined
  const { panelsK, panelsV, pack } = packed(args, site)
  const perTask = queriesPerTask(queries, batch, 8 * group, 3 * batch * queries * keys * channels, site.threads)
  const tasksPerImage = Math.ceil(queries / perTask)
  const values = {
    q: site.address(q),
    panelsK,
    panelsV,
    out: site.address(args.out),
    stats: site.address(args.stats),
    headWeights: site.address(map.headWeights),
    map: site.address(map.out),
    queries,
    keys,
    channels,
    size,
    heads,
    group,
    queriesPerTask: perTask,
    tasksPerImage,
    scale: scale * Math.LOG2E,
  }
  return [pack, job(attendBoth, values, batch * tasksPerImage)]
}
