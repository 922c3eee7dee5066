/**
 * @file Attention without its matrix of scores, the flash way: blocks of keys stream by a group of
 * queries, with running maxima and sums.
 *
 * Everything is transposed, so that the lanes of a vector are queries. Scores of 8 queries are Sᵀ =
 * K·Qᵀ: panels of 4 keys (rows) and 8 queries (columns) through the micro-kernel, which writes
 * [key][8 queries]. Maxima, exponentials and sums over keys are then sums of whole vectors; and the
 * block of probabilities is already the panel that Oᵀ = Vᵀ·Pᵀ needs, with panels of 4 channels of
 * V, which are plain copies. Keys and values are packed once for all tasks.
 *
 * Scores are scaled by log₂ e besides, so that exponentials are powers of 2; only the maxima of
 * `stats` are those of the table.
 *
 * `attentionMap` goes the same way as far as the exponentials, with the final maxima and sums, and
 * adds up the heads before anything is stored.
 */
import { type Body, type Expr, f32, f32x4, i32, i32x4, type Local, v128 } from '../../wasm-assembler/index.ts'
import { microKernel } from './gemm.ts'
import { kernel } from './kernel.ts'
import { exp2Negative } from './math.ts'
import { copy4, interleave4, interleave8, storeLanes, transpose } from './vectors.ts'

/** Panels of 8 queries that share a block of keys. */
export const GROUP = 4
export const GROUP_QUERIES = 8 * GROUP
/** Keys in a block. */
export const BLOCK = 256
/** Channels of a head for which the scratch memory is large enough. */
export const MAX_HEAD_SIZE = 1024
/** Channels of all heads for which it is. */
export const MAX_CHANNELS = 4096
/** Below all scores; infinity would make NaN of differences. */
export const LOWEST = -3e38

export const PANEL_BYTES = 32
// The scratch memory of `attention`: scores, and for each panel of the group maxima, sums, queries,
// results.
const SCORES = 0
export const MAXIMA = SCORES + PANEL_BYTES * BLOCK
export const SUMS = MAXIMA + PANEL_BYTES * GROUP
export const QUERIES = SUMS + PANEL_BYTES * GROUP
export const RESULTS = QUERIES + PANEL_BYTES * GROUP * MAX_HEAD_SIZE

/**
 * Packs keys into panels of 4 [head][key/4][channel][4], and values into panels of 4 channels
 * [head][channel/4][key][4]. Tasks: image, head, block of keys.
 */
export const packKeys = kernel(
  'packKeys',
  {
    k: 'i32',
    /** 0 if only the keys are wanted. */
    v: 'i32',
    panelsK: 'i32',
    panelsV: 'i32',
    keys: 'i32',
    channels: 'i32',
    size: 'i32',
    heads: 'i32',
    keysPerTask: 'i32',
    tasksPerHead: 'i32',
  },
  (f, p, { task }) => {
    const index = f.let(i32.divU(task, p.tasksPerHead))
    const first = f.let(i32.mul(i32.remU(task, p.tasksPerHead), p.keysPerTask))
    const end = f.let(i32.minU(p.keys, i32.add(first, p.keysPerTask)))
    const stride = f.let(i32.shl(p.channels, 2))
    const head = f.let(headOffset(index, p))
    const key = f.local('i32')
    const to = f.let(i32.add(p.panelsK, i32.shl(i32.mul(i32.add(i32.mul(index, ceil4(p.keys)), first), p.size), 2)))
    const k = f.let(i32.add(p.k, head))
    const row = (r: number) => i32.add(k, i32.mul(i32.minU(i32.add(key, r), i32.sub(p.keys, 1)), stride))
    f.for(key, first, end, 4, () => {
      f.run(interleave4, { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.size, to })
      f.increase(to, i32.shl(p.size, 4))
    })
    const channel = f.local('i32')
    const from = f.let(i32.add(p.v, head, i32.mul(first, stride)))
    f.if(p.v, () => {
      f.set(to, i32.add(p.panelsV, i32.shl(i32.add(i32.mul(index, ceil4(p.size), p.keys), i32.shl(first, 2)), 2)))
      f.for(channel, 0, p.size, 4, () => {
        f.run(copy4, { from: i32.add(from, i32.shl(channel, 2)), stride, depth: i32.sub(end, first), to })
        f.increase(to, i32.shl(p.keys, 4))
      })
    })
  },
)

/** Tasks: image, head, queries. */
export const attention = kernel(
  'attention',
  {
    q: 'i32',
    panelsK: 'i32',
    panelsV: 'i32',
    out: 'i32',
    /** 0 if not wanted. */
    stats: 'i32',
    queries: 'i32',
    keys: 'i32',
    channels: 'i32',
    size: 'i32',
    heads: 'i32',
    queriesPerTask: 'i32',
    tasksPerHead: 'i32',
    causal: 'i32',
    /** Factor on the scores, times log₂ e. */
    scale: 'f32',
  },
  (f, p, { task, scratch }) => {
    const index = f.let(i32.divU(task, p.tasksPerHead))
    const first = f.let(i32.mul(i32.remU(task, p.tasksPerHead), p.queriesPerTask))
    const end = f.let(i32.minU(p.queries, i32.add(first, p.queriesPerTask)))
    const stride = f.let(i32.shl(p.channels, 2))
    // Where the head's slice of this image begins in the queries and in the result.
    const head = f.let(headOffset(index, { ...p, keys: p.queries }))
    const q = f.let(i32.add(p.q, head))
    const out = f.let(i32.add(p.out, head))
    const stats = f.let(i32.add(p.stats, i32.shl(i32.mul(index, p.queries), 3)))
    const panelsK = f.let(i32.add(p.panelsK, i32.shl(i32.mul(index, ceil4(p.keys), p.size), 2)))
    const panelsV = f.let(i32.add(p.panelsV, i32.shl(i32.mul(index, ceil4(p.size), p.keys), 2)))
    const queryBytes = f.let(i32.mul(p.size, PANEL_BYTES))
    const resultBytes = f.let(i32.mul(ceil4(p.size), PANEL_BYTES))

    const query = f.local('i32')
    const panel = f.local('i32')
    const key = f.local('i32')
    const count = f.local('i32')
    const seen = f.local('i32')
    const panels = f.local('i32')
    const at = f.local('i32')
    const groupEnd = f.local('i32')
    const queriesAt = f.local('i32')
    const resultsAt = f.local('i32')
    f.for(query, first, end, GROUP_QUERIES, () => {
      f.set(groupEnd, i32.minU(end, i32.add(query, GROUP_QUERIES)))
      f.set(panels, i32.shrU(i32.add(i32.sub(groupEnd, query), 7), 3))
      f.set(queriesAt, i32.add(scratch, QUERIES))
      f.for(panel, 0, panels, 1, () => {
        packQueries(f, { q, query: i32.add(query, i32.shl(panel, 3)), end: p.queries, stride, size: p.size, to: queriesAt, scale: p.scale })
        f.set(at, i32.add(scratch, i32.shl(panel, 5)))
        for (const lanes of [0, 16]) {
          f.do(v128.store(at, f.splat(LOWEST), MAXIMA + lanes))
          f.do(v128.store(at, f.splat(0), SUMS + lanes))
        }
        f.increase(queriesAt, queryBytes)
      })
      f.for(at, 0, i32.mul(panels, resultBytes), 16, () => f.do(v128.store(i32.add(scratch, at), f.splat(0), RESULTS)))
      // Under a causal mask no query of the group sees a key beyond the group's last query.
      f.set(seen, i32.select(p.causal, i32.minU(p.keys, groupEnd), p.keys))
      f.for(key, 0, seen, BLOCK, () => {
        f.set(count, i32.minU(i32.sub(seen, key), i32.const(BLOCK)))
        f.set(queriesAt, i32.add(scratch, QUERIES))
        f.set(resultsAt, i32.add(scratch, RESULTS))
        f.for(panel, 0, panels, 1, () => {
          scores(f, { panels: panelsK, size: p.size, key, count, queries: queriesAt, to: i32.add(scratch, SCORES) })
          f.if(p.causal, () => maskFuture(f, { scores: i32.add(scratch, SCORES), key, count, query: i32.add(query, i32.shl(panel, 3)) }))
          f.set(at, i32.add(scratch, i32.shl(panel, 5)))
          exponentiate(f, { scores: i32.add(scratch, SCORES), count, running: at, results: resultsAt, resultBytes })
          accumulate(f, { panels: panelsV, keys: p.keys, size: p.size, key, count, scores: i32.add(scratch, SCORES), to: resultsAt })
          f.increase(queriesAt, queryBytes)
          f.increase(resultsAt, resultBytes)
        })
      })
      f.set(resultsAt, i32.add(scratch, RESULTS))
      f.for(panel, 0, panels, 1, () => {
        f.set(at, i32.add(scratch, i32.shl(panel, 5)))
        finish(f, { results: resultsAt, running: at, query: i32.add(query, i32.shl(panel, 3)), end: groupEnd, size: p.size, out, stride })
        f.if(p.stats, () => storeStats(f, { stats, running: at, query: i32.add(query, i32.shl(panel, 3)), end: groupEnd }))
        f.increase(resultsAt, resultBytes)
      })
    })
  },
)

type I32 = Expr<'i32'>

export function ceil4(n: I32): I32 {
  return i32.and(i32.add(n, 3), -4)
}

/**
 * Bytes from the start of [images, tokens, channels] to the slice of head `index` modulo heads of
 * image `index` / heads.
 */
export function headOffset(index: I32, p: { heads: I32; keys: I32; channels: I32; size: I32 }): I32 {
  const { heads, keys, channels, size } = p
  return i32.shl(i32.add(i32.mul(i32.divU(index, heads), keys, channels), i32.mul(i32.remU(index, heads), size)), 2)
}

/** Eight queries, times `scale`, into a panel. Missing ones repeat the last. */
export function packQueries(
  f: Body,
  p: { q: I32; query: I32; end: I32; stride: I32; size: Local<'i32'>; to: Local<'i32'>; scale: Expr<'f32'> },
): void {
  const query = f.let(p.query)
  const row = (r: number) => i32.add(p.q, i32.mul(i32.minU(i32.add(query, r), i32.sub(p.end, 1)), p.stride))
  for (const r of [0, 4])
    f.run(interleave8, { row0: row(r), row1: row(r + 1), row2: row(r + 2), row3: row(r + 3), depth: p.size, to: i32.add(p.to, 4 * r) })
  const scale = f.let(f32x4.splat(p.scale))
  const at = f.local('i32')
  f.for(at, p.to, i32.add(p.to, i32.mul(p.size, PANEL_BYTES)), 16, () => f.do(v128.store(at, f32x4.mul(v128.load(at), scale))))
}

/** Scores [key][8 queries] of a block of keys; the last panel of keys may add up to 3 rows. */
export function scores(f: Body, p: { panels: I32; size: Local<'i32'>; key: I32; count: I32; queries: I32; to: I32 }): void {
  f.run(microKernel, {
    a: i32.add(p.panels, i32.shl(i32.mul(p.key, p.size), 2)),
    b: p.queries,
    c: p.to,
    stride: PANEL_BYTES,
    addend: 0,
    addendStride: 0,
    depth: p.size,
    count: i32.shrU(i32.add(p.count, 3), 2),
  })
}

/** The numbers of 8 queries from `query` on, in lanes. */
function queryLanes(f: Body, query: I32): [Local<'v128'>, Local<'v128'>] {
  const splat = f.let(i32x4.splat(query))
  return [f.let(i32x4.add(splat, i32x4.const(0, 1, 2, 3))), f.let(i32x4.add(splat, i32x4.const(4, 5, 6, 7)))]
}

/** Scores of keys behind the query become LOWEST. */
function maskFuture(f: Body, p: { scores: I32; key: I32; count: I32; query: I32 }): void {
  const lanes = queryLanes(f, p.query)
  const key = f.let(p.key)
  const end = f.let(i32.add(p.key, p.count))
  const at = f.let(p.scores)
  f.while(i32.ltU(key, end), () => {
    for (const [i, query] of lanes.entries()) {
      const future = i32x4.gtS(i32x4.splat(key), query)
      f.do(v128.store(at, v128.bitselect(f.splat(LOWEST), v128.load(at, 16 * i), future), 16 * i))
    }
    f.increase(at, PANEL_BYTES)
    f.increase(key, 1)
  })
}

/**
 * Scores become 2^(score − maximum), with the maximum of all keys so far; what was summed up before
 * is scaled to it.
 */
function exponentiate(f: Body, p: { scores: I32; count: I32; running: I32; results: I32; resultBytes: I32 }): void {
  const running = f.let(p.running)
  const start = f.let(p.scores)
  const end = f.let(i32.add(start, i32.mul(p.count, PANEL_BYTES)))
  const at = f.local('i32')
  const before = [0, 16].map((lanes) => f.let(v128.load(running, MAXIMA + lanes)))
  const maxima = before.map((x) => f.let(x))
  f.for(at, start, end, PANEL_BYTES, () => {
    for (const [i, max] of maxima.entries()) f.set(max, f32x4.pmax(max, v128.load(at, 16 * i)))
  })
  const factors = before.map((x, i) => f.let(exp2Negative(f, f32x4.sub(x, maxima[i]))))
  const sums = factors.map((factor, i) => f.let(f32x4.mul(factor, v128.load(running, SUMS + 16 * i))))
  f.for(at, start, end, PANEL_BYTES, () => {
    for (const [i, max] of maxima.entries()) {
      const e = f.let(exp2Negative(f, f32x4.sub(v128.load(at, 16 * i), max)))
      f.do(v128.store(at, e, 16 * i))
      f.set(sums[i], f32x4.add(sums[i], e))
    }
  })
  for (const i of [0, 1]) {
    f.do(v128.store(running, maxima[i], MAXIMA + 16 * i))
    f.do(v128.store(running, sums[i], SUMS + 16 * i))
  }
  f.for(at, p.results, i32.add(p.results, p.resultBytes), PANEL_BYTES, () => {
    for (const [i, factor] of factors.entries()) f.do(v128.store(at, f32x4.mul(v128.load(at, 16 * i), factor), 16 * i))
  })
}

/** Results [channel][8 queries] += values · probabilities. */
export function accumulate(
  f: Body,
  p: { panels: I32; keys: I32; size: Local<'i32'>; key: I32; count: Local<'i32'>; scores: I32; to: Local<'i32'> },
): void {
  const a = f.let(i32.add(p.panels, i32.shl(p.key, 4)))
  const c = f.let(p.to)
  const channel = f.local('i32')
  f.for(channel, 0, p.size, 4, () => {
    f.run(microKernel, { a, b: p.scores, c, stride: PANEL_BYTES, addend: c, addendStride: PANEL_BYTES, depth: p.count, count: 1 })
    f.increase(a, i32.shl(p.keys, 4))
    f.increase(c, 4 * PANEL_BYTES)
  })
}

/** Results / sums, turned back to [query][channel]. */
export function finish(
  f: Body,
  p: { results: I32; running: Local<'i32'>; query: I32; end: Local<'i32'>; size: Local<'i32'>; out: I32; stride: Local<'i32'> },
): void {
  const from = f.let(p.results)
  const query = f.let(p.query)
  const row0 = f.let(i32.add(p.out, i32.mul(query, p.stride)))
  const to = f.local('i32')
  const channel = f.local('i32')
  const rest = f.local('i32')
  const inverse = [0, 16].map((lanes) => f.let(f32x4.div(f.splat(1), v128.load(p.running, SUMS + lanes))))
  f.for(channel, 0, p.size, 4, () => {
    f.set(rest, i32.sub(p.size, channel))
    f.set(to, i32.add(row0, i32.shl(channel, 2)))
    for (const half of [0, 1]) {
      const rows = [0, 1, 2, 3].map((c) => f32x4.mul(v128.load(from, PANEL_BYTES * c + 16 * half), inverse[half]))
      for (const [lane, value] of transpose(f, rows).entries()) {
        f.if(i32.ltU(i32.add(query, 4 * half + lane), p.end), () => storeUpTo4(f, to, value, rest))
        f.increase(to, p.stride)
      }
    }
    f.increase(from, 4 * PANEL_BYTES)
  })
}

/** Stores all lanes, or the first `rest` if those are fewer. */
function storeUpTo4(f: Body, to: Local<'i32'>, value: Local<'v128'>, rest: Local<'i32'>): void {
  f.if(
    i32.geU(rest, 4),
    () => f.do(v128.store(to, value)),
    () => storeLanes(f, to, value, rest),
  )
}

/** stats[query] = maximum, sum */
export function storeStats(f: Body, p: { stats: I32; running: I32; query: I32; end: I32 }): void {
  const from = f.let(p.running)
  const query = f.let(p.query)
  const end = f.let(i32.minU(p.end, i32.add(query, 8)))
  const to = f.let(i32.add(p.stats, i32.shl(query, 3)))
  f.while(i32.ltU(query, end), () => {
    f.do(f32.store(to, f32.mul(f32.load(from, MAXIMA), Math.LN2)), f32.store(to, f32.load(from, SUMS), 4))
    f.increase(from, 4)
    f.increase(to, 8)
    f.increase(query, 1)
  })
}

/**
 * Fields of a kernel whose tasks are queries of all heads, in groups of panels, and that adds to a
 * map.
 */
export const MAP_TASKS = {
  queries: 'i32',
  keys: 'i32',
  channels: 'i32',
  size: 'i32',
  heads: 'i32',
  /** Panels of 8 queries in a group. */
  group: 'i32',
  queriesPerTask: 'i32',
  tasksPerImage: 'i32',
  /** Factor on the scores, times log₂ e. */
  scale: 'f32',
} as const

/**
 * Such a task: its image, its queries, where the image's map begins, bytes of a row of q, queries
 * of a group.
 */
export function mapTask(
  f: Body,
  p: Record<'queries' | 'keys' | 'channels' | 'group' | 'queriesPerTask' | 'tasksPerImage', Local<'i32'>>,
  task: Local<'i32'>,
  maps: I32,
) {
  const image = f.let(i32.divU(task, p.tasksPerImage))
  const first = f.let(i32.mul(i32.remU(task, p.tasksPerImage), p.queriesPerTask))
  const end = f.let(i32.minU(p.queries, i32.add(first, p.queriesPerTask)))
  const stride = f.let(i32.shl(p.channels, 2))
  const map = f.let(i32.add(maps, i32.shl(i32.mul(image, p.queries, p.keys), 2)))
  const groupQueries = f.let(i32.shl(p.group, 3))
  return { image, first, end, stride, map, groupQueries }
}

// The scratch memory of `attentionMap`: scores, and for each panel of the group the sums over heads
// and for each head maxima, factors, queries.
const HEAD_SUMS = SCORES + PANEL_BYTES * BLOCK
const HEAD_DATA = HEAD_SUMS + PANEL_BYTES * BLOCK * GROUP

/** Tasks: image, queries. */
export const attentionMap = kernel(
  'attentionMap',
  {
    q: 'i32',
    panelsK: 'i32',
    stats: 'i32',
    headWeights: 'i32',
    out: 'i32',
    causal: 'i32',
    ...MAP_TASKS,
  },
  (f, p, { task, scratch }) => {
    const { image, first, end, stride, map: out, groupQueries } = mapTask(f, p, task, p.out)
    const q = f.let(i32.add(p.q, i32.mul(image, p.queries, stride)))
    const panelBytes = f.let(i32.mul(ceil4(p.keys), p.size, i32.const(4)))
    const panelsK = f.let(i32.add(p.panelsK, i32.mul(image, p.heads, panelBytes)))
    const headBytes = f.let(i32.mul(i32.add(p.size, 2), PANEL_BYTES))
    const query = f.local('i32')
    const groupEnd = f.local('i32')
    const head = f.local('i32')
    const panel = f.local('i32')
    const panels = f.local('i32')
    const key = f.local('i32')
    const count = f.local('i32')
    const at = f.local('i32')
    const seen = f.local('i32')
    const sumsAt = f.local('i32')
    const keysAt = f.local('i32')
    const sums = f.let(i32.add(scratch, HEAD_SUMS))
    f.for(query, first, end, groupQueries, () => {
      f.set(groupEnd, i32.minU(end, i32.add(query, groupQueries)))
      f.set(panels, i32.shrU(i32.add(i32.sub(groupEnd, query), 7), 3))
      // Data of [head][panel]: 8 maxima, 8 factors, queries.
      f.set(at, i32.add(scratch, HEAD_DATA))
      f.for(head, 0, p.heads, 1, () =>
        f.for(panel, 0, panels, 1, () => {
          const from = f.let(i32.add(query, i32.shl(panel, 3)))
          gatherStats(f, { ...p, image, head, query: from, to: at })
          const slice = i32.shl(i32.mul(head, p.size), 2)
          const to = f.let(i32.add(at, 2 * PANEL_BYTES))
          packQueries(f, { q: i32.add(q, slice), query: from, end: p.queries, stride, size: p.size, to, scale: p.scale })
          f.increase(at, headBytes)
        }),
      )
      f.set(seen, i32.select(p.causal, i32.minU(p.keys, groupEnd), p.keys))
      f.for(key, 0, seen, BLOCK, () => {
        f.set(count, i32.minU(i32.sub(seen, key), i32.const(BLOCK)))
        f.for(at, sums, i32.add(sums, i32.mul(panels, i32.const(PANEL_BYTES * BLOCK))), 16, () => f.do(v128.store(at, f.splat(0))))
        f.set(at, i32.add(scratch, HEAD_DATA))
        f.set(keysAt, panelsK)
        f.for(head, 0, p.heads, 1, () => {
          f.set(sumsAt, sums)
          f.for(panel, 0, panels, 1, () => {
            f.if(f32.ne(f32.load(at, PANEL_BYTES), 0), () => {
              const queries = i32.add(at, 2 * PANEL_BYTES)
              scores(f, { panels: keysAt, size: p.size, key, count, queries, to: i32.add(scratch, SCORES) })
              addProbabilities(f, { scores: i32.add(scratch, SCORES), count, head: at, to: sumsAt })
            })
            f.increase(at, headBytes)
            f.increase(sumsAt, PANEL_BYTES * BLOCK)
          })
          f.increase(keysAt, panelBytes)
        })
        f.set(sumsAt, sums)
        f.for(panel, 0, panels, 1, () => {
          const from = f.let(i32.add(query, i32.shl(panel, 3)))
          f.if(p.causal, () => forgetFuture(f, { sums: sumsAt, key, count, query: from }))
          addTurned(f, { sums: sumsAt, key, count, query: from, end: groupEnd, out, keys: p.keys })
          f.increase(sumsAt, PANEL_BYTES * BLOCK)
        })
      })
    })
  },
)

/**
 * Eight maxima (times log₂ e), and behind them eight times weight / sum, of the queries of a panel.
 */
function gatherStats(
  f: Body,
  p: { stats: I32; headWeights: I32; heads: I32; queries: Local<'i32'>; image: I32; head: I32; query: Local<'i32'>; to: Local<'i32'> },
): void {
  const base = f.let(i32.add(p.stats, i32.shl(i32.mul(i32.add(i32.mul(p.image, p.heads), p.head), p.queries), 3)))
  const weight = f.let(f32.load(i32.add(p.headWeights, i32.shl(p.head, 2))))
  for (let lane = 0; lane < 8; lane++) {
    const from = f.let(i32.add(base, i32.shl(i32.minU(i32.add(p.query, lane), i32.sub(p.queries, 1)), 3)))
    f.do(f32.store(p.to, f32.mul(f32.load(from), Math.LOG2E), 4 * lane))
    f.do(f32.store(p.to, f32.div(weight, f32.load(from, 4)), PANEL_BYTES + 4 * lane))
  }
}

/** Sums += factor · 2^(score − maximum) */
function addProbabilities(f: Body, p: { scores: I32; count: I32; head: Local<'i32'>; to: I32 }): void {
  const from = f.let(p.scores)
  const end = f.let(i32.add(from, i32.mul(p.count, PANEL_BYTES)))
  const to = f.let(p.to)
  const maxima = [0, 16].map((lanes) => f.let(v128.load(p.head, lanes)))
  const factors = [0, 16].map((lanes) => f.let(v128.load(p.head, PANEL_BYTES + lanes)))
  f.while(i32.ltU(from, end), () => {
    for (const i of [0, 1]) {
      const e = exp2Negative(f, f32x4.sub(v128.load(from, 16 * i), maxima[i]))
      f.do(v128.store(to, f.madd(e, factors[i], v128.load(to, 16 * i)), 16 * i))
    }
    f.increase(from, PANEL_BYTES)
    f.increase(to, PANEL_BYTES)
  })
}

/** Sums of keys behind the query become 0. */
function forgetFuture(f: Body, p: { sums: I32; key: I32; count: I32; query: I32 }): void {
  const lanes = queryLanes(f, p.query)
  const key = f.let(p.key)
  const end = f.let(i32.add(p.key, p.count))
  const at = f.let(p.sums)
  f.while(i32.ltU(key, end), () => {
    for (const [i, query] of lanes.entries())
      f.do(v128.store(at, v128.andnot(v128.load(at, 16 * i), i32x4.gtS(i32x4.splat(key), query)), 16 * i))
    f.increase(at, PANEL_BYTES)
    f.increase(key, 1)
  })
}

/** out[query][key] += sums[key][query] */
export function addTurned(
  f: Body,
  p: { sums: I32; key: I32; count: Local<'i32'>; query: Local<'i32'>; end: Local<'i32'>; out: I32; keys: I32 },
): void {
  const from = f.let(p.sums)
  const stride = f.let(i32.shl(p.keys, 2))
  const row0 = f.let(i32.add(p.out, i32.mul(p.query, stride), i32.shl(p.key, 2)))
  const at = f.local('i32')
  const to = f.local('i32')
  const rest = f.local('i32')
  f.for(at, 0, p.count, 4, () => {
    f.set(rest, i32.sub(p.count, at))
    f.set(to, i32.add(row0, i32.shl(at, 2)))
    for (const half of [0, 1]) {
      const rows = [0, 1, 2, 3].map((key) => v128.load(from, PANEL_BYTES * key + 16 * half))
      for (const [lane, value] of transpose(f, rows).entries()) {
        f.if(i32.ltU(i32.add(p.query, 4 * half + lane), p.end), () => {
          f.set(value, f32x4.add(value, v128.load(to)))
          storeUpTo4(f, to, value, rest)
        })
        f.increase(to, stride)
      }
    }
    f.increase(from, 4 * PANEL_BYTES)
  })
}
