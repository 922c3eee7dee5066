/**
 * @file `attention` and the `attentionMap` behind it in one pass, where all scores of a few queries
 * fit into a core's cache: products and exponentials are computed once, not twice.
 *
 * For a group of queries, head by head: scores of all keys and their maxima; exponentials, their
 * sums, and values times them; then what the head adds to the map. The map's rows stay in the
 * scratch memory until all heads have been added.
 */
import { type Body, f32, f32x4, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { ceilDiv, f32At, type Locals, rowAt, times, zero } from '../vocabulary.ts'
import { addTurned, MAP_TASKS, mapTask } from './map-tasks.ts'
import { accumulate, exponentiate, raiseMaxima, startSoftmax, storeResults, storeStats } from './online-softmax.ts'
import { packQueries } from './pack.ts'
import {
  BLOCK,
  blockAt,
  ceil4,
  eachHalf,
  eachKey,
  eachPanel,
  GROUP,
  headOffset,
  keyPanels,
  loadEight,
  MAXIMA,
  PANEL,
  PANEL_BYTES,
  PANELS_END,
  type Panel,
  RESULTS,
  SUMS,
  valuePanels,
} from './panels.ts'
import { scores } from './scores.ts'

/** Scores of all keys, and behind them what the heads sum up to, for each panel of the group. */
const ALL_SCORES = PANELS_END
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
    // 1. The task's image and queries, and room for their scores.
    const { image, own, stride, map, groupQueries } = mapTask(f, p, task, p.map)
    const keyBytes = f.let(times(ceil4(p.keys), PANEL_BYTES))
    const queryBytes = f.let(times(p.size, PANEL_BYTES))
    const resultBytes = f.let(times(ceil4(p.size), PANEL_BYTES))
    const allScores = f.let(i32.add(scratch, ALL_SCORES))
    const allSums = f.let(rowAt(allScores, p.group, keyBytes))
    const allResults = f.let(i32.add(scratch, RESULTS))

    f.for(own.first, own.end, groupQueries, (query) => {
      const end = f.let(i32.minU(own.end, i32.add(query, groupQueries)))
      const panels = f.let(ceilDiv(i32.sub(end, query), PANEL))
      /** Each panel, and where its scores and its sums over the heads lie. */
      const ofGroup = (body: (panel: Panel & Locals<'scores' | 'sums'>) => void) => {
        const scores = f.let(allScores)
        const sums = f.let(allSums)
        eachPanel(f, { scratch, query, panels, queryBytes, resultBytes }, (panel) => {
          body({ ...panel, scores, sums })
          f.increase(scores, keyBytes)
          f.increase(sums, keyBytes)
        })
      }
      /** Each block of keys, panel by panel, with the block's scores. */
      const eachBlock = (body: (key: Local<'i32'>, count: Local<'i32'>, panel: Panel, block: Local<'i32'>) => void) =>
        f.for(0, p.keys, BLOCK, (key) => {
          const count = f.let(i32.minU(i32.sub(p.keys, key), BLOCK))
          ofGroup((panel) => body(key, count, panel, f.let(rowAt(panel.scores, key, PANEL_BYTES))))
        })

      zero(f, allSums, i32.mul(panels, keyBytes))
      f.for(0, p.heads, 1, (head) => {
        const index = f.let(i32.add(i32.mul(image, p.heads), head))
        const slice = f.let(headOffset(index, p.queries, p))
        const panelsK = f.let(keyPanels(index, p))
        const panelsV = f.let(valuePanels(index, p))
        const weight = f.let(f32.load(f32At(p.headWeights, head)))

        // 2. Pack the head's queries; no keys so far.
        ofGroup((panel) => {
          const q = i32.add(p.q, slice)
          packQueries(f, { q, query: panel.query, end: p.queries, stride, size: p.size, to: panel.queries, scale: p.scale })
          startSoftmax(f, panel)
        })
        zero(f, allResults, i32.mul(panels, resultBytes))

        // 3. Scores of all keys, and their maxima.
        eachBlock((key, count, { queries, running }, block) => {
          scores(f, { panelsK, size: p.size, key, count, queries, to: block })
          const maxima = loadEight(f, running, MAXIMA)
          raiseMaxima(f, blockAt(f, block, count), maxima)
          eachHalf((half, offset) => f.do(v128.store(running, maxima[half], MAXIMA + offset)))
        })

        // 4. Their exponentials, sums of them, and values times them.
        eachBlock((key, count, panel, block) => {
          const maxima = loadEight(f, panel.running, MAXIMA)
          const sums = loadEight(f, panel.running, SUMS)
          exponentiate(f, blockAt(f, block, count), maxima, sums)
          eachHalf((half, offset) => f.do(v128.store(panel.running, sums[half], SUMS + offset)))
          accumulate(f, { ...panel, panelsV, keys: p.keys, size: p.size, key, count, probabilities: block })
        })

        // 5. The head's results, and what it adds to the map.
        const out = f.let(i32.add(p.out, slice))
        const stats = f.let(rowAt(p.stats, i32.mul(index, p.queries), 8))
        ofGroup((panel) => {
          storeResults(f, { ...panel, end, size: p.size, out, stride })
          storeStats(f, { ...panel, stats, end })
          f.if(f32.ne(weight, 0), () => addShares(f, { ...panel, keys: p.keys, weight }))
        })
      })

      // 6. Turn the sums over the heads, and add them to the map.
      ofGroup((panel) => {
        const first = f.let(panel.query)
        addTurned(f, { sums: panel.sums, key: 0, count: p.keys, query: first, end, out: map, keys: p.keys })
      })
    })
  },
)

/** Adds weight / sum · exponentials to the sum over the heads. */
function addShares(f: Body, p: Locals<'running' | 'scores' | 'sums' | 'keys'> & { weight: Local<'f32'> }): void {
  const to = f.let(p.sums)
  const shares = eachHalf((_, offset) => f.let(f32x4.div(f32x4.splat(p.weight), v128.load(p.running, SUMS + offset))))
  eachKey(f, blockAt(f, p.scores, p.keys), (at) => {
    eachHalf((half, offset) => f.do(v128.store(to, f.madd(v128.load(at, offset), shares[half], v128.load(to, offset)), offset)))
    f.increase(to, PANEL_BYTES)
  })
}
