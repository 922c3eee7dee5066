/** @file Rows of numbers: softmax, dot products, sums and extremes. Tasks are ranges of rows. */
import { type Body, type Expr, f32, f32x4, i32, type Local, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { expNegative } from './math.ts'
import { eachMasked, eachVector, maxLanes, sumLanes } from './vectors.ts'

const LOWEST = -3.4e38

/** `value` where a lane counts, else `neutral`. */
function masked(f: Body, value: Expr<'v128'>, inside: Local<'v128'> | undefined, neutral: number): Expr<'v128'> {
  return inside ? v128.bitselect(value, f.splat(neutral), inside) : value
}

export const softmax = kernel('softmax', { x: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32' }, (f, p, { task }) => {
  const stride = f.let(i32.shl(p.length, 2))
  const row = f.let(i32.mul(task, p.rowsPerTask))
  const end = f.let(i32.minU(p.rows, i32.add(row, p.rowsPerTask)))
  const from = f.let(i32.add(p.x, i32.mul(row, stride)))
  const to = f.let(i32.add(p.out, i32.mul(row, stride)))
  const max = f.local('v128')
  const sum = f.local('v128')
  f.while(i32.ltU(row, end), () => {
    f.set(max, f.splat(LOWEST))
    eachMasked(f, p.length, (at, inside) => f.set(max, f32x4.pmax(max, masked(f, v128.load(i32.add(from, at)), inside, LOWEST))))
    f.set(max, f32x4.splat(maxLanes(max)))
    f.set(sum, f.splat(0))
    eachVector(f, p.length, (at, store) => {
      store(i32.add(to, at), expNegative(f, f32x4.sub(v128.load(i32.add(from, at)), max)))
    })
    eachMasked(f, p.length, (at, inside) => f.set(sum, f32x4.add(sum, masked(f, v128.load(i32.add(to, at)), inside, 0))))
    f.set(sum, f32x4.splat(f32.div(1, sumLanes(sum))))
    eachVector(f, p.length, (at, store) => store(i32.add(to, at), f32x4.mul(v128.load(i32.add(to, at)), sum)))
    f.increase(from, stride)
    f.increase(to, stride)
    f.increase(row, 1)
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
    const stride = f.let(i32.shl(p.length, 2))
    const row = f.let(i32.mul(task, p.rowsPerTask))
    const end = f.let(i32.minU(p.rows, i32.add(row, p.rowsPerTask)))
    const a = f.let(i32.add(p.a, i32.mul(row, stride)))
    const b = f.let(i32.add(p.b, i32.mul(row, stride)))
    const to = f.let(i32.add(p.out, i32.shl(row, 2)))
    const sums = f.locals('v128', CHAINS)
    const at = f.local('i32')
    const whole = f.let(i32.and(stride, -16 * CHAINS))
    const rest = f.let(i32.and(p.length, 4 * CHAINS - 1))
    f.while(i32.ltU(row, end), () => {
      for (const sum of sums) f.set(sum, f.splat(0))
      f.for(at, 0, whole, 16 * CHAINS, () => {
        for (const [i, sum] of sums.entries()) f.set(sum, f.madd(v128.load(i32.add(a, at), 16 * i), v128.load(i32.add(b, at), 16 * i), sum))
      })
      f.increase(a, whole)
      f.increase(b, whole)
      eachMasked(f, rest, (at, inside) => {
        const [x, y] = [v128.load(i32.add(a, at)), v128.load(i32.add(b, at))]
        f.set(sums[0], f.madd(masked(f, x, inside, 0), masked(f, y, inside, 0), sums[0]))
      })
      f.set(sums[0], f32x4.add(f32x4.add(sums[0], sums[1]), f32x4.add(sums[2], sums[3])))
      f.do(f32.store(to, sumLanes(sums[0])))
      f.increase(a, i32.sub(stride, whole))
      f.increase(b, i32.sub(stride, whole))
      f.increase(to, 4)
      f.increase(row, 1)
    })
  },
)

/** Takes four more values into the result. */
type Join = (f: Body, a: Local<'v128'>, b: Expr<'v128'>) => Expr<'v128'>

function reduction(name: string, neutral: number, join: Join, last: (x: Local<'v128'>) => Expr<'f32'>) {
  return kernel(name, { x: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32', factor: 'f32' }, (f, p, { task }) => {
    const stride = f.let(i32.shl(p.length, 2))
    const row = f.let(i32.mul(task, p.rowsPerTask))
    const end = f.let(i32.minU(p.rows, i32.add(row, p.rowsPerTask)))
    const from = f.let(i32.add(p.x, i32.mul(row, stride)))
    const to = f.let(i32.add(p.out, i32.shl(row, 2)))
    const result = f.local('v128')
    f.while(i32.ltU(row, end), () => {
      f.set(result, f.splat(neutral))
      eachMasked(f, p.length, (at, inside) => f.set(result, join(f, result, masked(f, v128.load(i32.add(from, at)), inside, neutral))))
      f.do(f32.store(to, f32.mul(last(result), p.factor)))
      f.increase(from, stride)
      f.increase(to, 4)
      f.increase(row, 1)
    })
  })
}

/** out[row] = factor · Σ x, and the largest. */
export const rowSum = reduction('rowSum', 0, (_, a, b) => f32x4.add(a, b), sumLanes)
export const rowMax = reduction('rowMax', LOWEST, (_, a, b) => f32x4.pmax(a, b), maxLanes)
