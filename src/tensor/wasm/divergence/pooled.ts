/**
 * @file Pooled maps, which tell most divergences from a threshold at a sixteenth of the work.
 *
 * Over 4 × 4 cells numbers are summed and logarithms averaged. What a map has beyond its pooled
 * one, δ of the numbers and λ of the logarithms, sums to 0 in every pool, so that
 *
 *     D(x, y) = ½ [h(x) + h(y) − pooled products] − ½ [δx·λy + λx·δy]
 *
 * exactly. The first part is the *centre*; the second is at most the *radius* ½ (|δx| |λy| + |λx|
 * |δy|) (Cauchy and Schwarz), two numbers a map. A threshold beyond the radius is decided.
 */
import { type Expr, f32, f32x4, i32, i32x4, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { functions } from '../math.ts'
import { eachMasked, sumLanes } from '../vectors.ts'
import { ceilDiv, f32At, f32Bytes, rowAt, taskRange, times } from '../vocabulary.ts'

/** Cells that are pooled along each axis. */
export const POOL = 4

/**
 * Computes from maps x [rows, h·w] the pooled `numbers` and `logs` [rows, ⌈h/4⌉·⌈w/4⌉] (pools at
 * the edges have fewer cells), and the *spread* [3, rows] that pooling removes: δ·λ, |δ|, |λ|.
 * Logarithms are ln(scale · max(number, floor)). Tasks: ranges of rows.
 */
export const poolCells = kernel(
  'poolCells',
  { x: 'i32', numbers: 'i32', logs: 'i32', spread: 'i32', rows: 'i32', h: 'i32', w: 'i32', rowsPerTask: 'i32', floor: 'f32', scale: 'f32' },
  (f, p, { task }) => {
    const own = taskRange(f, task, p.rowsPerTask, p.rows)
    const stride = f.let(f32Bytes(p.w))
    const pools = f.let(i32.mul(ceilDiv(p.h, POOL), ceilDiv(p.w, POOL)))
    const from = f.let(rowAt(p.x, i32.mul(own.first, p.h), stride))
    const numbers = f.let(f32At(p.numbers, i32.mul(own.first, pools)))
    const logs = f.let(f32At(p.logs, i32.mul(own.first, pools)))
    const [floor, scale] = [f.let(f32x4.splat(p.floor)), f.let(f32x4.splat(p.scale))]
    const total = (vectors: Expr<'v128'>[]) => f.let(sumLanes(f.let(vectors.reduce((a, b) => f32x4.add(a, b)))))
    f.for(own.first, own.end, 1, (row) => {
      const [both, ofNumbers, ofLogs] = [0, 1, 2].map(() => f.let(f.splat(0)))
      f.for(0, p.h, POOL, (line) => {
        // 1. The lines of a row of pools. Those behind the last read what is there and count
        // nothing.
        const rest = f.let(i32.minU(i32.sub(p.h, line), POOL))
        const lines = Array.from({ length: POOL }, (_, i) => ({
          at: f.let(i32.add(from, i32.select(i32.gtU(rest, i), times(stride, i), 0))),
          counts: f.let(i32x4.splat(i32.sub(0, i32.gtU(rest, i)))),
        }))
        eachMasked(f, p.w, (at, inside) => {
          const width = i32.minU(POOL, i32.sub(p.w, i32.shrU(at, 2)))
          const share = f.let(f32.div(1, f32.convertI32U(i32.mul(rest, width))))
          // 2. The numbers and logarithms of a pool.
          const cells = lines.map(({ at: address, counts }) => {
            const mask = inside ? f.let(v128.and(inside, counts)) : counts
            const read = f.let(v128.load(i32.add(address, at)))
            const log = functions.log(f, read, floor, scale)
            return { mask, number: f.let(v128.and(read, mask)), log: f.let(v128.and(log, mask)) }
          })
          // 3. Its sum and its mean logarithm.
          const sum = total(cells.map((c) => c.number))
          const meanLog = f.let(f32.mul(total(cells.map((c) => c.log)), share))
          f.do(f32.store(numbers, sum), f32.store(logs, meanLog))
          f.increase(numbers, 4)
          f.increase(logs, 4)
          // 4. What the cells have beyond them.
          const numberCentre = f.let(f32x4.splat(f32.mul(sum, share)))
          const logCentre = f.let(f32x4.splat(meanLog))
          for (const { mask, number, log } of cells) {
            const delta = f.let(v128.and(f32x4.sub(number, numberCentre), mask))
            const lambda = f.let(v128.and(f32x4.sub(log, logCentre), mask))
            f.set(both, f.madd(delta, lambda, both))
            f.set(ofNumbers, f.madd(delta, delta, ofNumbers))
            f.set(ofLogs, f.madd(lambda, lambda, ofLogs))
          }
        })
        f.increase(from, i32.mul(rest, stride))
      })
      const spread = [sumLanes(both), f32.sqrt(sumLanes(ofNumbers)), f32.sqrt(sumLanes(ofLogs))]
      for (const [i, value] of spread.entries()) f.do(f32.store(f32At(p.spread, i32.add(row, times(p.rows, i))), value))
    })
  },
)
