/** @file A weight put into panels of 8 rows, in place (`weight-panels.ts` says when). */
import { i32, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { interleave8 } from '../vectors.ts'
import { rowAt, taskRange, times, V128 } from '../vocabulary.ts'
import { B_BYTES, TILE_COLUMNS } from './micro-kernel.ts'

/** Tasks are ranges of panels. A panel of `words` words a row is built in the scratch memory. */
export const arrangeWeight = kernel(
  'arrangeWeight',
  { weight: 'i32', panels: 'i32', words: 'i32', panelsPerTask: 'i32' },
  (f, p, { task, scratch }) => {
    const { first, end } = taskRange(f, task, p.panelsPerTask, p.panels)
    const stride = f.let(times(p.words, 4))
    const bytes = f.let(times(p.words, B_BYTES))
    f.for(first, end, 1, (panel) => {
      const rows = f.let(rowAt(p.weight, panel, bytes))
      // 1. Eight rows side by side, four at a time: f16 move in pairs, as bits.
      for (const r of [0, TILE_COLUMNS / 2]) {
        const row = (i: number) => rowAt(rows, r + i, stride)
        f.run(interleave8, { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.words, to: i32.add(scratch, 4 * r) })
      }
      // 2. Back to where the rows were.
      const built = f.let(scratch)
      const last = f.let(i32.add(rows, bytes))
      f.for(rows, last, V128, (at) => {
        f.do(v128.store(at, v128.load(built)))
        f.increase(built, V128)
      })
    })
  },
)
