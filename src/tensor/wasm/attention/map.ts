/**
 * @file The map of an attention: probabilities, summed over the heads with weights. Goes the same
 * way as the attention as far as the exponentials, with the final maxima and sums, and adds up the
 * heads before anything is stored.
 */
import { type Body, f32, f32x4, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { exp2Negative } from '../math.ts'
import { ceilDiv, f32At, f32Bytes, type I32, type Locals, rowAt, times, zero } from '../vocabulary.ts'
import { addTurned, MAP_TASKS, mapTask } from './map-tasks.ts'
import { packQueries } from './pack.ts'
import { BLOCK, blockAt, ceil4, eachHalf, eachKey, GROUP, loadEight, PANEL, PANEL_BYTES, SCORES } from './panels.ts'
import { eachFuture, scores } from './scores.ts'

/** Channels of all heads for which the scratch memory is large enough. */
export const MAX_CHANNELS = 4096

// The scratch memory: scores, and for each panel of the group the sums over heads and for each head
// maxima, factors, queries.
const HEAD_SUMS = SCORES + PANEL_BYTES * BLOCK
const HEAD_DATA = HEAD_SUMS + PANEL_BYTES * BLOCK * GROUP
const FACTORS = PANEL_BYTES
const HEAD_QUERIES = 2 * PANEL_BYTES

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
    // 1. The task's image and queries, and where they lie.
    const { image, own, stride, map: out, groupQueries } = mapTask(f, p, task, p.out)
    const q = f.let(rowAt(p.q, i32.mul(image, p.queries), stride))
    const panelBytes = f.let(f32Bytes(i32.mul(ceil4(p.keys), p.size)))
    const panelsK = f.let(i32.add(p.panelsK, i32.mul(image, p.heads, panelBytes)))
    const headBytes = f.let(times(i32.add(p.size, 2), PANEL_BYTES))
    const block = f.let(i32.add(scratch, SCORES))
    const allSums = f.let(i32.add(scratch, HEAD_SUMS))
    const allHeads = f.let(i32.add(scratch, HEAD_DATA))

    f.for(own.first, own.end, groupQueries, (query) => {
      const end = f.let(i32.minU(own.end, i32.add(query, groupQueries)))
      const panels = f.let(ceilDiv(i32.sub(end, query), PANEL))
      /** Each panel's first query, and where its sums of a block lie. */
      const eachPanel = (body: (first: Local<'i32'>, sums: Local<'i32'>) => void) => {
        const sums = f.let(allSums)
        f.for(0, panels, 1, (panel) => {
          body(f.let(i32.add(query, times(panel, PANEL))), sums)
          f.increase(sums, PANEL_BYTES * BLOCK)
        })
      }

      // 2. Data of [head][panel]: 8 maxima, 8 factors, queries.
      const data = f.let(allHeads)
      f.for(0, p.heads, 1, (head) =>
        eachPanel((first) => {
          gatherStats(f, { ...p, image, head, query: first, to: data })
          const to = f.let(i32.add(data, HEAD_QUERIES))
          packQueries(f, { q: f32At(q, i32.mul(head, p.size)), query: first, end: p.queries, stride, size: p.size, to, scale: p.scale })
          f.increase(data, headBytes)
        }),
      )

      const seen = f.let(i32.select(p.causal, i32.minU(p.keys, end), p.keys))
      f.for(0, seen, BLOCK, (key) => {
        const count = f.let(i32.minU(i32.sub(seen, key), BLOCK))
        zero(f, allSums, times(panels, PANEL_BYTES * BLOCK))

        // 3. Head by head: scores, and their probabilities to the sums. Heads that count nothing
        // are left out.
        const keys = f.let(panelsK)
        f.set(data, allHeads)
        f.for(0, p.heads, 1, () => {
          eachPanel((_, sums) => {
            f.if(f32.ne(f32.load(data, FACTORS), 0), () => {
              const queries = f.let(i32.add(data, HEAD_QUERIES))
              scores(f, { panelsK: keys, size: p.size, key, count, queries, to: block })
              addProbabilities(f, { scores: block, count, head: data, sums })
            })
            f.increase(data, headBytes)
          })
          f.increase(keys, panelBytes)
        })

        // 4. Turn, and add to the map.
        eachPanel((first, sums) => {
          f.if(p.causal, () => forgetFuture(f, { sums, key, count, query: first }))
          addTurned(f, { sums, key, count, query: first, end, out, keys: p.keys })
        })
      })
    })
  },
)

/**
 * Eight maxima (times log₂ e), and behind them eight times weight / sum, of the queries of a panel.
 */
function gatherStats(f: Body, p: Locals<'stats' | 'headWeights' | 'heads' | 'queries' | 'image' | 'head' | 'query' | 'to'>): void {
  const ofHead = f.let(rowAt(p.stats, i32.mul(i32.add(i32.mul(p.image, p.heads), p.head), p.queries), 8))
  const weight = f.let(f32.load(f32At(p.headWeights, p.head)))
  for (let lane = 0; lane < PANEL; lane++) {
    const from = f.let(rowAt(ofHead, i32.minU(i32.add(p.query, lane), i32.sub(p.queries, 1)), 8))
    f.do(f32.store(p.to, f32.mul(f32.load(from), Math.LOG2E), 4 * lane))
    f.do(f32.store(p.to, f32.div(weight, f32.load(from, 4)), FACTORS + 4 * lane))
  }
}

/** Sums += factor · 2^(score − maximum) */
function addProbabilities(f: Body, p: Locals<'count' | 'head' | 'sums'> & { scores: I32 }): void {
  const block = blockAt(f, p.scores, p.count)
  const to = f.let(p.sums)
  const maxima = loadEight(f, p.head, 0)
  const factors = loadEight(f, p.head, FACTORS)
  eachKey(f, block, (from) => {
    eachHalf((half, offset) => {
      const e = exp2Negative(f, f32x4.sub(v128.load(from, offset), maxima[half]))
      f.do(v128.store(to, f.madd(e, factors[half], v128.load(to, offset)), offset))
    })
    f.increase(to, PANEL_BYTES)
  })
}

/** Sums of keys behind the query become 0. */
function forgetFuture(f: Body, p: Locals<'key' | 'count'> & { sums: I32; query: I32 }): void {
  eachFuture(f, { ...p, from: p.sums }, (at, offset, future) => f.do(v128.store(at, v128.andnot(v128.load(at, offset), future), offset)))
}
