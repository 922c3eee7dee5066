/** @file Rows of numbers: softmax, dot products, sums and extremes. Tasks are ranges of rows. */
import { type Body, type Expr, f32, f32x4, i32, type Local, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { expNegative } from './math.ts'
import { eachMasked, eachVector, maxLanes, sumLanes } from './vectors.ts'
import { f32At, f32Bytes, rowAt, taskRange, V128 } from './vocabulary.ts'

const LOWEST = -3.4e38

/** `value` where a lane counts, else `neutral`. */
function masked(f: Body, value: Expr<'v128'>, inside: Local<'v128'> | undefined, neutral: number): Expr<'v128'> {
  return inside ? v128.bitselect(value, f.splat(neutral), inside) : value
}

/** out = softmax(x), row by row. */
export const softmax = kernel('softmax', { x: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32' }, (f, p, { task }) => {
  const stride = f.let(f32Bytes(p.length))
  const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
  const from = f.let(rowAt(p.x, first, stride))
  const to = f.let(rowAt(p.out, first, stride))
  const max = f.local('v128')
  const sum = f.local('v128')
  f.for(first, end, 1, () => {
    // 1. The maximum.
    f.set(max, f.splat(LOWEST))
    eachMasked(f, p.length, (at, inside) => f.set(max, f32x4.pmax(max, masked(f, v128.load(i32.add(from, at)), inside, LOWEST))))
    f.set(max, f32x4.splat(maxLanes(max)))
    // 2. Exponentials, and their sum.
    f.set(sum, f.splat(0))
    eachVector(f, p.length, (at, store) => {
      store(i32.add(to, at), expNegative(f, f32x4.sub(v128.load(i32.add(from, at)), max)))
    })
    eachMasked(f, p.length, (at, inside) => f.set(sum, f32x4.add(sum, masked(f, v128.load(i32.add(to, at)), inside, 0))))
    // 3. Exponentials / sum.
    f.set(sum, f32x4.splat(f32.div(1, sumLanes(sum))))
    eachVector(f, p.length, (at, store) => store(i32.add(to, at), f32x4.mul(v128.load(i32.add(to, at)), sum)))
    f.increase(from, stride)
    f.increase(to, stride)
  })
})

/**
 * Vectors whose sums are joined last, so that rounding errors stay those of short sums and
 * additions overlap.
 */
const CHAINS = 4

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
    const sums = f.locals('v128', CHAINS)
    const whole = f.let(i32.and(stride, -V128 * CHAINS))
    const rest = f.let(i32.and(p.length, 4 * CHAINS - 1))
    f.for(first, end, 1, () => {
      // 1. Whole runs of four vectors.
      for (const sum of sums) f.set(sum, f.splat(0))
      f.for(0, whole, V128 * CHAINS, (at) => {
        for (const [i, sum] of sums.entries())
          f.set(sum, f.madd(v128.load(i32.add(a, at), V128 * i), v128.load(i32.add(b, at), V128 * i), sum))
      })
      f.increase(a, whole)
      f.increase(b, whole)
      // 2. The rest, and the sum of all.
      eachMasked(f, rest, (at, inside) => {
        const [x, y] = [v128.load(i32.add(a, at)), v128.load(i32.add(b, at))]
        f.set(sums[0], f.madd(masked(f, x, inside, 0), masked(f, y, inside, 0), sums[0]))
      })
      f.set(sums[0], f32x4.add(f32x4.add(sums[0], sums[1]), f32x4.add(sums[2], sums[3])))
      f.do(f32.store(to, sumLanes(sums[0])))
      f.increase(a, i32.sub(stride, whole))
      f.increase(b, i32.sub(stride, whole))
      f.increase(to, 4)
    })
  },
)

/** Takes four more values into the result. */
type Join = (f: Body, a: Local<'v128'>, b: Expr<'v128'>) => Expr<'v128'>

function reduction(name: string, neutral: number, join: Join, last: (x: Local<'v128'>) => Expr<'f32'>) {
  return kernel(name, { x: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32', factor: 'f32' }, (f, p, { task }) => {
    const stride = f.let(f32Bytes(p.length))
    const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
    const from = f.let(rowAt(p.x, first, stride))
    const to = f.let(f32At(p.out, first))
    const result = f.local('v128')
    f.for(first, end, 1, () => {
      f.set(result, f.splat(neutral))
      eachMasked(f, p.length, (at, inside) => f.set(result, join(f, result, masked(f, v128.load(i32.add(from, at)), inside, neutral))))
      f.do(f32.store(to, f32.mul(last(result), p.factor)))
      f.increase(from, stride)
      f.increase(to, 4)
    })
  })
}

/** out[row] = factor · Σ x */
export const rowSum = reduction('rowSum', 0, (_, a, b) => f32x4.add(a, b), sumLanes)
/** out[row] = factor · the largest x */
export const rowMax = reduction('rowMax', LOWEST, (_, a, b) => f32x4.pmax(a, b), maxLanes)
