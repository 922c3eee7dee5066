/**
 * @file The micro-kernel: two panels multiplied into a tile of C, 4 rows by 8 columns.
 *
 *     panel of B:      k │ b0 b1 b2 b3 │ b4 b5 b6 b7 │     two vectors a step
 *     panel of A:      k │ a0 a1 a2 a3 │                   each value in all lanes of a vector
 *
 *     sums[r] = [ Σ a_r·b0 … Σ a_r·b3 ][ Σ a_r·b4 … Σ a_r·b7 ]     8 registers
 *
 * V8's scheduler puts all loads of a loop's body first: 4 + 2 operands and 8 sums fit into 15
 * registers, larger tiles and unrolled loops spill. With operands in the L1 cache the loop reaches
 * 0.90 of a core's peak (3×12 would reach 0.93, 2×16 0.88, 3×8 0.75, 6×8 0.70, 4×12 0.46). That is
 * also why A is packed: with one address for all its rows the loop has few instructions besides.
 */
import { f32x4, i32, procedure, v128 } from '../../../wasm-assembler/index.ts'
import { times, V128 } from '../vocabulary.ts'

/** Rows and columns of a tile: the numbers that panels of A and of B have for each k. */
export const TILE_ROWS = 4
export const TILE_COLUMNS = 8
/** Bytes of a panel for each k. */
export const A_BYTES = 4 * TILE_ROWS
export const B_BYTES = 4 * TILE_COLUMNS

/**
 * c[4×8, rows `stride` bytes apart] = addend + (panel of a)ᵀ · (panel of b), for `count` panels of
 * a that follow one another and the tiles of c below each other. The addend lies like c, but with
 * rows `addendStride` bytes apart: c itself, a row of biases that all rows share (0 bytes apart),
 * or 0 for none.
 */
export const microKernel = procedure(
  'microKernel',
  { a: 'i32', b: 'i32', c: 'i32', stride: 'i32', addend: 'i32', addendStride: 'i32', depth: 'i32', count: 'i32' },
  (f, { a, b, c, stride, addend, addendStride, depth, count }) => {
    const sums = Array.from({ length: TILE_ROWS }, () => f.locals('v128', 2))
    const rows = [c, ...f.locals('i32', TILE_ROWS - 1)]
    f.while(count, () => {
      for (const [r, row] of rows.entries()) if (r > 0) f.set(row, i32.add(rows[r - 1], stride))
      for (const sum of sums.flat()) f.set(sum, f.splat(0))

      // 1. Multiply: a step of k is two loads of b, four of a, and eight multiply-adds.
      const right = f.let(b)
      const end = f.let(i32.add(a, times(depth, A_BYTES)))
      f.doWhile(
        () => {
          const values = [f.let(v128.load(right)), f.let(v128.load(right, V128))]
          for (const [r, ofRow] of sums.entries()) {
            const left = f.let(v128.load32Splat(a, 4 * r))
            for (const [half, sum] of ofRow.entries()) f.set(sum, f.madd(left, values[half], sum))
          }
          f.increase(a, A_BYTES)
          f.increase(right, B_BYTES)
        },
        () => i32.ltU(a, end),
      )

      // 2. Add last: sums that begin with a large value would lose digits with each step.
      f.if(addend, () => {
        for (const ofRow of sums) {
          for (const [half, sum] of ofRow.entries()) f.set(sum, f32x4.add(sum, v128.load(addend, V128 * half)))
          f.increase(addend, addendStride)
        }
      })

      // 3. Store, and go on with the tile below.
      for (const [r, ofRow] of sums.entries()) for (const [half, sum] of ofRow.entries()) f.do(v128.store(rows[r], sum, V128 * half))
      f.set(c, i32.add(rows[TILE_ROWS - 1], stride))
      f.set(count, i32.sub(count, 1))
    })
  },
)
