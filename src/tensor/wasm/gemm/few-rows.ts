/**
 * @file Products of very few rows with the rows of a matrix: C[m,n] = Σₖ A(m,k)·B(n,k), m up to 4.
 *
 * Each number of B is needed m times only, so that packing it would take longer than multiplying.
 * Rows of A and of B are read side by side as they lie, four values of k at a time:
 *
 *     sums[r][s] = [ Σ a_r·b_s for k = 0, 4, 8 … │ k = 1, 5 … │ k = 2, 6 … │ k = 3, 7 … ]
 *
 * and the lanes are added up at the end. Each sum takes the same steps wherever a task begins.
 */
import { type Body, f32, i32, type Local, procedure, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { eachMasked, type Inside, masked, sumLanes } from '../vectors.ts'
import { f32At, f32Bytes, orNull, rowAt, taskRange, times, zero } from '../vocabulary.ts'
import { epilogueRow } from './epilogue.ts'

/** Rows of A, at most. */
export const FEW_ROWS = 4
/** Columns of a task, at most. */
export const FEW_ROWS_COLUMNS = 1024
/** Rows of B at a time for each number of rows of A: sums and operands fit into 15 registers. */
const TOGETHER = [0, 4, 4, 3, 2]

/** c[m][count] for `count` rows of b from the first on; rows of c are `strideC` bytes apart. */
function dots(m: number) {
  const together = TOGETHER[m]
  return procedure(`dots${m}`, { a: 'i32', b: 'i32', c: 'i32', strideC: 'i32', k: 'i32', count: 'i32' }, (f, p) => {
    const stride = f.let(f32Bytes(p.k))
    const last = f.let(i32.sub(p.count, 1))
    f.for(0, p.count, together, (column) => {
      // 1. The rows, the last one repeated, and their sums.
      const left = Array.from({ length: m }, (_, r) => f.let(rowAt(p.a, r, stride)))
      const right = Array.from({ length: together }, (_, s) => f.let(rowAt(p.b, i32.minU(i32.add(column, s), last), stride)))
      const sums = left.map(() => right.map(() => f.let(f.splat(0))))
      eachMasked(f, p.k, (at, inside) => addProducts(f, { left, right, sums, at, inside }))

      // 2. A row of b that is repeated writes its number again.
      for (const [r, ofRow] of sums.entries())
        for (const [s, sum] of ofRow.entries()) {
          const to = f32At(rowAt(p.c, r, p.strideC), i32.minU(i32.add(column, s), last))
          f.do(f32.store(to, sumLanes(sum)))
        }
    })
  })
}

/** sums[r][s] += left[r]·right[s], for the vectors at a distance from the beginning of each row. */
function addProducts(
  f: Body,
  p: {
    left: Local<'i32'>[]
    right: Local<'i32'>[]
    sums: Local<'v128'>[][]
    at: Local<'i32'>
    inside: Inside
  },
): void {
  const load = (row: Local<'i32'>) => f.let(masked(f, v128.load(i32.add(row, p.at)), p.inside, 0))
  const b = p.right.map(load)
  for (const [r, row] of p.left.entries()) {
    const a = load(row)
    for (const [s, sum] of p.sums[r].entries()) f.set(sum, f.madd(a, b[s], sum))
  }
}

const kernels = Array.from({ length: FEW_ROWS }, (_, i) => dots(i + 1))

/** Tasks are ranges of columns. The arguments are those of `gemm`. */
export const fewRows = kernel(
  'fewRows',
  {
    a: 'i32',
    b: 'i32',
    c: 'i32',
    bias: 'i32',
    residual: 'i32',
    m: 'i32',
    n: 'i32',
    k: 'i32',
    columnsPerTask: 'i32',
    alpha: 'f32',
    activation: 'i32',
  },
  (f, p, { task, scratch }) => {
    const columns = taskRange(f, task, p.columnsPerTask, p.n)
    const count = f.let(i32.sub(columns.end, columns.first))
    const strideC = f.let(f32Bytes(p.n))
    const c = f.let(f32At(p.c, columns.first))
    const b = f.let(rowAt(p.b, columns.first, f32Bytes(p.k)))

    // 1. The sums.
    for (const [i, product] of kernels.entries()) f.if(i32.eq(p.m, i + 1), () => f.run(product, { a: p.a, b, c, strideC, k: p.k, count }))

    // 2. The end of each row.
    zero(f, scratch, times(count, 4))
    f.for(0, p.m, 1, (row) => {
      const at = f.let(rowAt(0, row, strideC))
      f.run(epilogueRow, {
        c: i32.add(c, at),
        columns: count,
        alpha: p.alpha,
        bias: orNull(p.bias, f32At(p.bias, columns.first)),
        perImage: 0,
        residual: orNull(p.residual, i32.add(f32At(p.residual, columns.first), at)),
        activation: p.activation,
        zeros: scratch,
      })
    })
  },
)
