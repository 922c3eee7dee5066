/**
 * @file `attention` and the `attentionMap` behind it in one pass, where all scores of a few queries
 * fit into a core's cache: products and exponentials are computed once, not twice.
 *
 * For a group of queries, head by head: scores of all keys and their maxima; exponentials, their
 * sums, and values times them; then what the head adds to the map. The map's rows stay in the
 * scratch memory until all heads have been added. Panels and lanes are those of `attention.ts`.
 */
import { type Body, type Expr, f32, f32x4, i32, type Local, v128 } from '../../wasm-assembler/index.ts'
import {
  accumulate,
  addTurned,
  BLOCK,
  ceil4,
  finish,
  GROUP,
  headOffset,
  LOWEST,
  MAP_TASKS,
  MAX_HEAD_SIZE,
  MAXIMA,
  mapTask,
  PANEL_BYTES,
  packQueries,
  QUERIES,
  RESULTS,
  SUMS,
  scores,
  storeStats,
} from './attention.ts'
import { kernel } from './kernel.ts'
import { exp2Negative } from './math.ts'

/** Scores of all keys, and behind them what the heads sum up to, for each panel of the group. */
const ALL_SCORES = RESULTS + PANEL_BYTES * GROUP * MAX_HEAD_SIZE
/**
 * About what a core's second cache holds. Measured from 1024 to 16384 keys: a third to a half
 * faster than one after the other, also where keys and values come from further away.
 */
const CACHED = 2 ** 20

/** How many panels of 8 queries fit with all their scores and sums; 0 where not even one does. */
export function panelsOf(keys: number): number {
  return Math.min(GROUP, Math.floor(CACHED / (2 * PANEL_BYTES * keys)))
}

/** Tasks: image, queries. */
export const fusedAttentionMap = kernel(
  'fusedAttentionMap',
  {
    q: 'i32',
    panelsK: 'i32',
    panelsV: 'i32',
    out: 'i32',
    stats: 'i32',
    headWeights: 'i32',
    map: 'i32',
    ...MAP_TASKS,
  },
  (f, p, { task, scratch }) => {
    const { image, first, end, stride, map, groupQueries } = mapTask(f, p, task, p.map)
    const keyBytes = f.let(i32.mul(ceil4(p.keys), PANEL_BYTES))
    const queryBytes = f.let(i32.mul(p.size, PANEL_BYTES))
    const resultBytes = f.let(i32.mul(ceil4(p.size), PANEL_BYTES))
    const allScores = f.let(i32.add(scratch, ALL_SCORES))
    const allSums = f.let(i32.add(allScores, i32.mul(p.group, keyBytes)))

    const query = f.local('i32')
    const groupEnd = f.local('i32')
    const panels = f.local('i32')
    const head = f.local('i32')
    const index = f.local('i32')
    const offset = f.local('i32')
    const panelsK = f.local('i32')
    const panelsV = f.local('i32')
    const weight = f.local('f32')
    const panel = f.local('i32')
    const key = f.local('i32')
    const count = f.local('i32')
    const at = f.local('i32')
    const queriesAt = f.local('i32')
    const resultsAt = f.local('i32')
    const scoresAt = f.local('i32')
    const sumsAt = f.local('i32')
    const firstOf = (panel: Local<'i32'>) => i32.add(query, i32.shl(panel, 3))
    const running = () => f.set(at, i32.add(scratch, i32.shl(panel, 5)))
    /** Scores of all panels, and the addresses of their data. */
    const eachPanel = (body: () => void) => {
      f.set(queriesAt, i32.add(scratch, QUERIES))
      f.set(resultsAt, i32.add(scratch, RESULTS))
      f.set(scoresAt, allScores)
      f.set(sumsAt, allSums)
      f.for(panel, 0, panels, 1, () => {
        running()
        body()
        f.increase(queriesAt, queryBytes)
        f.increase(resultsAt, resultBytes)
        f.increase(scoresAt, keyBytes)
        f.increase(sumsAt, keyBytes)
      })
    }
    const eachBlock = (body: () => void) =>
      f.for(key, 0, p.keys, BLOCK, () => {
        f.set(count, i32.minU(i32.sub(p.keys, key), i32.const(BLOCK)))
        body()
      })
    const inBlock = (base: Local<'i32'>) => i32.add(base, i32.mul(key, PANEL_BYTES))

    f.for(query, first, end, groupQueries, () => {
      f.set(groupEnd, i32.minU(end, i32.add(query, groupQueries)))
      f.set(panels, i32.shrU(i32.add(i32.sub(groupEnd, query), 7), 3))
      f.for(at, allSums, i32.add(allSums, i32.mul(panels, keyBytes)), 16, () => f.do(v128.store(at, f.splat(0))))
      f.for(head, 0, p.heads, 1, () => {
        f.set(index, i32.add(i32.mul(image, p.heads), head))
        f.set(offset, headOffset(index, { ...p, keys: p.queries }))
        f.set(panelsK, i32.add(p.panelsK, i32.shl(i32.mul(index, ceil4(p.keys), p.size), 2)))
        f.set(panelsV, i32.add(p.panelsV, i32.shl(i32.mul(index, ceil4(p.size), p.keys), 2)))
        f.set(weight, f32.load(i32.add(p.headWeights, i32.shl(head, 2))))
        eachPanel(() => {
          packQueries(f, {
            q: i32.add(p.q, offset),
            query: firstOf(panel),
            end: p.queries,
            stride,
            size: p.size,
            to: queriesAt,
            scale: p.scale,
          })
          for (const lanes of [0, 16]) {
            f.do(v128.store(at, f.splat(LOWEST), MAXIMA + lanes))
            f.do(v128.store(at, f.splat(0), SUMS + lanes))
          }
        })
        f.for(at, 0, i32.mul(panels, resultBytes), 16, () => f.do(v128.store(i32.add(scratch, at), f.splat(0), RESULTS)))
        eachBlock(() =>
          eachPanel(() => {
            scores(f, { panels: panelsK, size: p.size, key, count, queries: queriesAt, to: inBlock(scoresAt) })
            raiseMaxima(f, { scores: inBlock(scoresAt), count, running: at })
          }),
        )
        eachBlock(() =>
          eachPanel(() => {
            exponentiate(f, { scores: inBlock(scoresAt), count, running: at })
            accumulate(f, { panels: panelsV, keys: p.keys, size: p.size, key, count, scores: inBlock(scoresAt), to: resultsAt })
          }),
        )
        const own = f.let(i32.add(p.out, offset))
        const stats = f.let(i32.add(p.stats, i32.shl(i32.mul(index, p.queries), 3)))
        eachPanel(() => {
          finish(f, { results: resultsAt, running: at, query: firstOf(panel), end: groupEnd, size: p.size, out: own, stride })
          storeStats(f, { stats, running: at, query: firstOf(panel), end: groupEnd })
          f.if(f32.ne(weight, 0), () => addShares(f, { scores: scoresAt, count: p.keys, running: at, weight, to: sumsAt }))
        })
      })
      eachPanel(() => {
        const own = f.let(firstOf(panel))
        addTurned(f, { sums: sumsAt, key: i32.const(0), count: p.keys, query: own, end: groupEnd, out: map, keys: p.keys })
      })
    })
  },
)

type I32 = Expr<'i32'>

/** Vectors of 8 queries from `start` on, one a key. */
function eachKey(f: Body, start: I32, count: I32, body: (at: Local<'i32'>) => void): void {
  const at = f.let(start)
  const end = f.let(i32.add(at, i32.mul(count, PANEL_BYTES)))
  f.while(i32.ltU(at, end), () => {
    body(at)
    f.increase(at, PANEL_BYTES)
  })
}

function raiseMaxima(f: Body, p: { scores: I32; count: I32; running: Local<'i32'> }): void {
  const maxima = [0, 16].map((lanes) => f.let(v128.load(p.running, MAXIMA + lanes)))
  eachKey(f, p.scores, p.count, (at) => {
    for (const [i, max] of maxima.entries()) f.set(max, f32x4.pmax(max, v128.load(at, 16 * i)))
  })
  for (const [i, max] of maxima.entries()) f.do(v128.store(p.running, max, MAXIMA + 16 * i))
}

/** Scores become 2^(score − maximum), and are summed up. */
function exponentiate(f: Body, p: { scores: I32; count: I32; running: Local<'i32'> }): void {
  const maxima = [0, 16].map((lanes) => f.let(v128.load(p.running, MAXIMA + lanes)))
  const sums = [0, 16].map((lanes) => f.let(v128.load(p.running, SUMS + lanes)))
  eachKey(f, p.scores, p.count, (at) => {
    for (const i of [0, 1]) {
      const e = f.let(exp2Negative(f, f32x4.sub(v128.load(at, 16 * i), maxima[i]!)))
      f.do(v128.store(at, e, 16 * i))
      f.set(sums[i]!, f32x4.add(sums[i]!, e))
    }
  })
  for (const [i, sum] of sums.entries()) f.do(v128.store(p.running, sum, SUMS + 16 * i))
}

/** Adds weight / sum · exponentials to the sum over the heads. */
function addShares(f: Body, p: { scores: I32; count: I32; running: Local<'i32'>; weight: Expr<'f32'>; to: I32 }): void {
  const to = f.let(p.to)
  const shares = [0, 16].map((lanes) => f.let(f32x4.div(f32x4.splat(p.weight), v128.load(p.running, SUMS + lanes))))
  eachKey(f, p.scores, p.count, (at) => {
    for (const [i, share] of shares.entries()) f.do(v128.store(to, f.madd(v128.load(at, 16 * i), share, v128.load(to, 16 * i)), 16 * i))
    f.increase(to, PANEL_BYTES)
  })
}
