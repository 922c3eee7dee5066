/** @file Loops over rows of numbers, four at a time, and moving numbers between rows and panels. */
import { type Body, type Expr, f32, f32x4, i32, i32x4, type Local, procedure, v128 } from '../../wasm-assembler/index.ts'
import { halfToFloat, upperHalfToFloat } from './math.ts'
import { f32Bytes, type I32, rowAt, times, V128 } from './vocabulary.ts'

/**
 * How a result is stored: the whole vector, or at the end of a row only the lanes that belong to
 * it.
 */
export type Store = (address: I32, value: Expr<'v128'>) => void

/** Bytes of the whole vectors in so many f32. */
function wholeVectors(count: Local<'i32'>): Expr<'i32'> {
  return times(i32.shrU(count, 2), V128)
}

/** Which lanes of the last vector belong to the row (all ones), where not all do. */
export type Inside = Local<'v128'> | undefined

/**
 * Runs `body` for every four of `count` elements; `at` is their place in bytes. The last vector may
 * reach beyond the row: what is read there is arbitrary (but readable), only `store` must be used
 * for writing, and `inside` says which lanes count.
 */
export function eachVector(f: Body, count: Local<'i32'>, body: (at: Local<'i32'>, store: Store, inside: () => Inside) => void): void {
  const whole = f.let(wholeVectors(count))
  f.for(0, whole, V128, (at) =>
    body(
      at,
      (address, value) => f.do(v128.store(address, value)),
      () => undefined,
    ),
  )
  const rest = f.let(i32.and(count, 3))
  f.if(rest, () =>
    body(
      whole,
      (address, value) => storeLanes(f, address, value, rest),
      () => insideOf(f, rest),
    ),
  )
}

/** All ones in the first `count` lanes. */
function insideOf(f: Body, count: I32): Local<'v128'> {
  return f.let(i32x4.gtS(i32x4.splat(count), i32x4.const(0, 1, 2, 3)))
}

/** Stores all lanes, or the first `rest` if those are fewer. */
export function storeUpTo4(f: Body, to: Local<'i32'>, value: Local<'v128'>, rest: Local<'i32'>): void {
  f.if(
    i32.geU(rest, 4),
    () => f.do(v128.store(to, value)),
    () => storeLanes(f, to, value, rest),
  )
}

/** Stores the first `count` (1 … 3) lanes. */
export function storeLanes(f: Body, address: I32, value: Expr<'v128'>, count: Local<'i32'>): void {
  const to = f.local('i32', address)
  const kept = f.let(value)
  f.do(f32.store(to, f32x4.extractLane(kept, 0)))
  f.if(i32.gtU(count, 1), () => f.do(f32.store(to, f32x4.extractLane(kept, 1), 4)))
  f.if(i32.gtU(count, 2), () => f.do(f32.store(to, f32x4.extractLane(kept, 2), 8)))
}

/**
 * Runs `body` for every four of `count` elements, for sums and the like; in the last vector lanes
 * beyond the row are to be ignored, as `inside` says (all ones where a lane counts).
 */
export function eachMasked(f: Body, count: Local<'i32'>, body: (at: Local<'i32'>, inside?: Inside) => void): void {
  const whole = f.let(wholeVectors(count))
  f.for(0, whole, V128, (at) => body(at))
  f.if(i32.and(count, 3), () => body(whole, insideOf(f, i32.and(count, 3))))
}

/** `value` where a lane counts, else `neutral`. */
export function masked(f: Body, value: Expr<'v128'>, inside: Inside, neutral: number): Expr<'v128'> {
  return inside ? v128.bitselect(value, f.splat(neutral), inside) : value
}

/**
 * Vectors whose sums are joined last, so that rounding errors stay those of short sums and
 * additions overlap.
 */
const CHAINS = 4

/**
 * A sum over the vectors of a row: `add` gives the sum with the vector taken in that lies `offset`
 * bytes behind `at`.
 *
 * @example sumRow(f, length, (sum, at, offset) => f32x4.add(sum, v128.load(at, offset)))
 */
export function sumRow(
  f: Body,
  count: Local<'i32'>,
  add: (sum: Local<'v128'>, at: Local<'i32'>, offset: number, inside?: Inside) => Expr<'v128'>,
): Local<'v128'> {
  const sums = f.locals('v128', CHAINS)
  for (const sum of sums) f.set(sum, f.splat(0))
  // 1. Whole runs of four vectors.
  const whole = f.let(i32.and(f32Bytes(count), -V128 * CHAINS))
  f.for(0, whole, V128 * CHAINS, (at) => {
    for (const [i, sum] of sums.entries()) f.set(sum, add(sum, at, V128 * i))
  })
  // 2. The rest, and the sum of all.
  eachMasked(f, f.let(i32.and(count, 4 * CHAINS - 1)), (at, inside) => {
    f.set(sums[0], add(sums[0], f.let(i32.add(whole, at)), 0, inside))
  })
  f.set(sums[0], f32x4.add(f32x4.add(sums[0], sums[1]), f32x4.add(sums[2], sums[3])))
  return sums[0]
}

/** The sum of the lanes. */
export function sumLanes(x: Local<'v128'>): Expr<'f32'> {
  const lane = (i: number) => f32x4.extractLane(x, i)
  return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)))
}

/** The largest lane. */
export function maxLanes(x: Local<'v128'>): Expr<'f32'> {
  const lane = (i: number) => f32x4.extractLane(x, i)
  return f32.max(f32.max(lane(0), lane(1)), f32.max(lane(2), lane(3)))
}

/** The columns of a 4×4 matrix given by its rows. */
export function transpose(f: Body, rows: readonly Expr<'v128'>[]): Local<'v128'>[] {
  const [a, b, c, d] = rows.map((row) => f.let(row))
  const ab01 = f.let(f32x4.shuffle(a, b, [0, 4, 1, 5]))
  const cd01 = f.let(f32x4.shuffle(c, d, [0, 4, 1, 5]))
  const ab23 = f.let(f32x4.shuffle(a, b, [2, 6, 3, 7]))
  const cd23 = f.let(f32x4.shuffle(c, d, [2, 6, 3, 7]))
  return [
    f.let(f32x4.shuffle(ab01, cd01, [0, 1, 4, 5])),
    f.let(f32x4.shuffle(ab01, cd01, [2, 3, 6, 7])),
    f.let(f32x4.shuffle(ab23, cd23, [0, 1, 4, 5])),
    f.let(f32x4.shuffle(ab23, cd23, [2, 3, 6, 7])),
  ]
}

/** One f16 as f32, in all lanes. */
function loadHalf(f: Body, address: I32): Expr<'f32'> {
  return f32x4.extractLane(f.let(halfToFloat(f, i32x4.splat(i32.load16S(address)))), 0)
}

const ROWS = { row0: 'i32', row1: 'i32', row2: 'i32', row3: 'i32', depth: 'i32', to: 'i32' } as const

/** Copies `depth` numbers of four rows side by side: to[k·stride + row], stride in bytes. */
function interleaving(stride: number, half: boolean) {
  return procedure(`interleave${stride}${half ? 'Half' : ''}`, ROWS, (f, { row0, row1, row2, row3, depth, to }) => {
    const rows = [row0, row1, row2, row3]
    const size = half ? 2 : 4
    // 1. Four numbers of each row at once, turned.
    const end = f.let(rowAt(row0, i32.and(depth, -4), size))
    f.while(i32.ltU(row0, end), () => {
      const columns = transpose(
        f,
        rows.map((row) => (half ? halfToFloat(f, v128.load16x4S(row)) : v128.load(row))),
      )
      for (const [k, column] of columns.entries()) f.do(v128.store(to, column, k * stride))
      for (const row of rows) f.increase(row, 4 * size)
      f.increase(to, 4 * stride)
    })
    // 2. The rest, one by one.
    const last = f.let(rowAt(end, i32.and(depth, 3), size))
    f.while(i32.ltU(row0, last), () => {
      for (const [r, row] of rows.entries()) {
        f.do(f32.store(to, half ? loadHalf(f, row) : f32.load(row), 4 * r))
        f.increase(row, size)
      }
      f.increase(to, stride)
    })
  })
}

/** Four rows into a panel of 4. */
export const interleave4 = interleaving(16, false)
/** Four rows into either half of a panel of 8. */
export const interleave8 = interleaving(32, false)
/** Four rows of f16 into either half of a panel of 8. */
export const interleave8Half = interleaving(32, true)

const COLUMNS = { from: 'i32', stride: 'i32', depth: 'i32', to: 'i32' } as const

/**
 * Copies `width` (4 or 8) neighbouring numbers of each of `depth` rows into a panel: to[k·width +
 * column]; `stride` of the rows in bytes.
 */
function copying(width: 4 | 8, half: boolean) {
  return procedure(`copy${width}${half ? 'Half' : ''}`, COLUMNS, (f, { from, stride, depth, to }) => {
    const end = f.let(rowAt(to, depth, 4 * width))
    f.while(i32.ltU(to, end), () => {
      for (let i = 0; i < width; i += 4)
        f.do(v128.store(to, half ? halfToFloat(f, v128.load16x4S(from, 2 * i)) : v128.load(from, 4 * i), 4 * i))
      f.increase(from, stride)
      f.increase(to, 4 * width)
    })
  })
}

/** Four neighbours of each row into a panel of 4. */
export const copy4 = copying(4, false)
/** Eight neighbours of each row into a panel of 8. */
export const copy8 = copying(8, false)
/** Eight neighbours of each row of f16 into a panel of 8. */
export const copy8Half = copying(8, true)

/**
 * A panel of 8 rows of f16 as f32: of `depth`, an even number, two that follow one another lie in
 * each word of a row, the first in its lower half (`weight-panels.ts`).
 */
export const widenPanel = procedure('widenPanel', { from: 'i32', depth: 'i32', to: 'i32' }, (f, { from, depth, to }) => {
  const end = f.let(rowAt(to, depth, 32))
  f.while(i32.ltU(to, end), () => {
    for (const at of [0, V128]) {
      const pairs = f.let(v128.load(from, at))
      f.do(v128.store(to, upperHalfToFloat(f, i32x4.shl(pairs, 16)), at))
      f.do(v128.store(to, upperHalfToFloat(f, pairs), 2 * V128 + at))
    }
    f.increase(from, 2 * V128)
    f.increase(to, 4 * V128)
  })
})
