/** @file Rows of numbers: softmax, dot products, sums and extremes. Tasks are ranges of rows. */
import { type Body, type Expr, f32, f32x4, i32, type Local, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { expNegative } from './math.ts'
import { eachMasked, eachVector, masked, maxLanes, sumLanes, sumRow } from './vectors.ts'
import { f32At, f32Bytes, rowAt, taskRange } from './vocabulary.ts'

const LOWEST = -3.4e38

/** out = softmax(x), row by row. */
export const softmax = kernel('softmax', { x: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32' }, (f, p, { task }) => {
  const stride = f.let(f32Bytes(p.length))
  const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
  const from = f.let(rowAt(p.x, first, stride))
  const to = f.let(rowAt(p.out, first, stride))
  const sum = f.local('v128')
  f.for(first, end, 1, () => {
    // 1. The maximum.
    const max = maxRow(f, from, p.length)
    // 2. Exponentials, and their sum.
    f.set(sum, f.splat(0))
    eachVector(f, p.length, (at, store, inside) => {
      const e = f.let(expNegative(f, f32x4.sub(v128.load(i32.add(from, at)), max)))
      store(i32.add(to, at), e)
      f.set(sum, f32x4.add(sum, masked(f, e, inside(), 0)))
    })
    // 3. Exponentials / sum.
    f.set(sum, f32x4.splat(f32.div(1, sumLanes(sum))))
    eachVector(f, p.length, (at, store) => store(i32.add(to, at), f32x4.mul(v128.load(i32.add(to, at)), sum)))
    f.increase(from, stride)
    f.increase(to, stride)
  })
})

/** out[row] = Σ a·b */
export const rowDot = kernel(
  'rowDot',
  { a: 'i32', b: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32' },
  (f, p, { task }) => {
    const stride = f.let(f32Bytes(p.length))
    const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
    const a = f.let(rowAt(p.a, first, stride))
    const b = f.let(rowAt(p.b, first, stride))
    const to = f.let(f32At(p.out, first))
    f.for(first, end, 1, () => {
      const sum = sumRow(f, p.length, (sum, at, offset, inside) => {
        const [x, y] = [v128.load(i32.add(a, at), offset), v128.load(i32.add(b, at), offset)]
        return f.madd(masked(f, x, inside, 0), masked(f, y, inside, 0), sum)
      })
      f.do(f32.store(to, sumLanes(sum)))
      f.increase(a, stride)
      f.increase(b, stride)
      f.increase(to, 4)
    })
  },
)

/** What a row becomes: of its address and its length. */
type Fold = (f: Body, row: Local<'i32'>, length: Local<'i32'>) => Expr<'f32'>

function reduction(name: string, fold: Fold) {
  return kernel(name, { x: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32', factor: 'f32' }, (f, p, { task }) => {
    const stride = f.let(f32Bytes(p.length))
    const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
    const from = f.let(rowAt(p.x, first, stride))
    const to = f.let(f32At(p.out, first))
    f.for(first, end, 1, () => {
      f.do(f32.store(to, f32.mul(fold(f, from, p.length), p.factor)))
      f.increase(from, stride)
      f.increase(to, 4)
    })
  })
}

/** The largest value of a row, in all lanes. */
function maxRow(f: Body, row: Local<'i32'>, length: Local<'i32'>): Local<'v128'> {
  const max = f.local('v128')
  f.set(max, f.splat(LOWEST))
  eachMasked(f, length, (at, inside) => f.set(max, f32x4.pmax(max, masked(f, v128.load(i32.add(row, at)), inside, LOWEST))))
  f.set(max, f32x4.splat(maxLanes(max)))
  return max
}

/** out[row] = factor · Σ x */
export const rowSum = reduction('rowSum', (f, row, length) =>
  sumLanes(sumRow(f, length, (sum, at, offset, inside) => f32x4.add(sum, masked(f, v128.load(i32.add(row, at), offset), inside, 0)))),
)
/** out[row] = factor · the largest x */
export const rowMax = reduction('rowMax', (f, row, length) => f32x4.extractLane(maxRow(f, row, length), 0))
