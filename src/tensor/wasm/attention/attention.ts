/**
 * @file Attention without its matrix of scores, the flash way (Dao et al., arXiv 2205.14135):
 * blocks of keys stream by a group of queries, with running maxima and sums.
 *
 * Scores of 8 queries are Sᵀ = K·Qᵀ: panels of 4 keys (rows) and 8 queries (columns) through the
 * micro-kernel, which writes [key][8 queries]. The block of probabilities is already the panel that
 * Oᵀ = Vᵀ·Pᵀ needs, with panels of 4 channels of V, which are plain copies. Keys and values are
 * packed once for all tasks.
 */
import { i32 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { ceilDiv, f32Bytes, rowAt, taskRange, times, zero } from '../vocabulary.ts'
import { accumulate, startSoftmax, storeResults, storeStats, updateSoftmax } from './online-softmax.ts'
import { packQueries } from './pack.ts'
import {
  BLOCK,
  ceil4,
  eachPanel,
  GROUP_QUERIES,
  headOffset,
  keyPanels,
  PANEL,
  PANEL_BYTES,
  type Panel,
  RESULTS,
  SCORES,
  valuePanels,
} from './panels.ts'
import { maskFuture, scores } from './scores.ts'

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
    // 1. The task's head and queries, and where they lie.
    const index = f.let(i32.divU(task, p.tasksPerHead))
    const own = taskRange(f, i32.remU(task, p.tasksPerHead), p.queriesPerTask, p.queries)
    const stride = f.let(f32Bytes(p.channels))
    const head = f.let(headOffset(index, p.queries, p))
    const q = f.let(i32.add(p.q, head))
    const out = f.let(i32.add(p.out, head))
    const stats = f.let(rowAt(p.stats, i32.mul(index, p.queries), 8))
    const panelsK = f.let(keyPanels(index, p))
    const panelsV = f.let(valuePanels(index, p))
    const queryBytes = f.let(times(p.size, PANEL_BYTES))
    const resultBytes = f.let(times(ceil4(p.size), PANEL_BYTES))
    const block = f.let(i32.add(scratch, SCORES))
    const allResults = f.let(i32.add(scratch, RESULTS))

    f.for(own.first, own.end, GROUP_QUERIES, (query) => {
      const end = f.let(i32.minU(own.end, i32.add(query, GROUP_QUERIES)))
      const panels = f.let(ceilDiv(i32.sub(end, query), PANEL))
      const ofGroup = (body: (panel: Panel) => void) => eachPanel(f, { scratch, query, panels, queryBytes, resultBytes }, body)

      // 2. Pack the group's queries; no keys so far.
      ofGroup((panel) => {
        packQueries(f, { q, query: panel.query, end: p.queries, stride, size: p.size, to: panel.queries, scale: p.scale })
        startSoftmax(f, panel)
      })
      zero(f, allResults, i32.mul(panels, resultBytes))

      // 3. Block by block of keys: scores, softmax, values. Under a causal mask no query of the
      // group sees a key beyond the group's last query.
      const seen = f.let(i32.select(p.causal, i32.minU(p.keys, end), p.keys))
      f.for(0, seen, BLOCK, (key) => {
        const count = f.let(i32.minU(i32.sub(seen, key), BLOCK))
        ofGroup((panel) => {
          scores(f, { panelsK, size: p.size, key, count, queries: panel.queries, to: block })
          f.if(p.causal, () => maskFuture(f, { scores: block, key, count, query: panel.query }))
          updateSoftmax(f, { ...panel, scores: block, count, resultBytes })
          accumulate(f, { ...panel, panelsV, keys: p.keys, size: p.size, key, count, probabilities: block })
        })
      })

      // 4. Divide by the sums, and turn back.
      ofGroup((panel) => {
        storeResults(f, { ...panel, end, size: p.size, out, stride })
        f.if(p.stats, () => storeStats(f, { ...panel, stats, end }))
      })
    })
  },
)
